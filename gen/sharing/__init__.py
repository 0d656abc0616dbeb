"""A network in its time-shared form: its neurons in turn, for chips that it does not fit."""
