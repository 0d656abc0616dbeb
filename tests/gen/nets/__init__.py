"""Tests of gen.nets."""
