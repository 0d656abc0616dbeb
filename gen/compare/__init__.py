"""Comparing training schedules of one recipe over seeds: accuracy, weights, gates, seconds."""
