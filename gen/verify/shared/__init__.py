"""Link 3 of the time-shared form: a round of core.v is the integer network."""
