"""A trained network as an integer network, and what shows that they are the same."""
