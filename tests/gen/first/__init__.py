"""Tests of gen.first."""
