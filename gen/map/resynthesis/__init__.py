"""Netlists made smaller: where some patterns of their signals never occur, and by walks."""
