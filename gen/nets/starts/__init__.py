"""Float networks that a training goes on from, and Python files of a user's own."""
