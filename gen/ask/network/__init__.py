"""What is asked about: a network's logic, its names, the conditions, cuts and samples."""
