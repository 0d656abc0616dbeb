"""Tests of gen.estimate."""
