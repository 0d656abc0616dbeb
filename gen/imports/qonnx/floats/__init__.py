"""Floats of the model as functions of integers, and how they become codes."""
