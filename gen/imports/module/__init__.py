"""PyTorch modules with a forward of their own: exported to ATen operations, each of which becomes
integers of the network, or a function of integers that is tabulated by running the operation."""
