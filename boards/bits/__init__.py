"""Links of the chain from the RTL to the bits of the bitstream, and faults they must see."""
