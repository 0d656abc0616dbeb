"""A network's core as a part of someone else's design: its Verilog, wrapper, papers and benches."""
