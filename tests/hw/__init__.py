"""Tests of the hand-written gateware, in Amaranth's simulator."""
