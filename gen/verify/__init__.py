"""The links of the chain from PyTorch to the RTL; those from there to the bits are in `boards`."""
