"""Operators that add and compare integers, as nodes of the network."""
