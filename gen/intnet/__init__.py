"""Integer networks: the file format, its interpreter and the naive Verilog baseline."""
