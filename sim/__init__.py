"""Simulation against the vectors that PyTorch wrote: the core, its netlist, and the top level."""
