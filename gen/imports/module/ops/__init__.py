"""What ATen operations make of integers, and of functions of them."""
