"""Damaged files and nonsense arguments, thousands of each: one clear line, never a traceback."""
