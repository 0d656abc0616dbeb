"""The lowering rules: what stands for a node of the integer network, in bits."""
