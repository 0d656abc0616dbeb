"""Simplification passes, each proved, and their ledger."""
