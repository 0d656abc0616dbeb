"""Tests of the training schedules."""
