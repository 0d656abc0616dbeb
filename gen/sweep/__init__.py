"""Searching the recipes around one: ranges, goals and a budget, done by whoever is free."""
