"""Lowering rules: integer network to logic graph."""
