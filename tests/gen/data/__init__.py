"""Tests of gen.data."""
