"""Accuracy against size, ours beside what others published: `make frontier`."""
