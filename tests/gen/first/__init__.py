"""Tests of gen/first."""
