"""Combinational logic as structural Verilog or BLIF, read through Yosys, as an integer network."""
