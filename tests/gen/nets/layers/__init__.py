"""Tests of gen.nets.layers."""
