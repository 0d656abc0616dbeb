"""How answers are found: solvers, encodings, counting, and what is learned on the way."""
