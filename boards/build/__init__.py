"""From core.v to the bitstream: the core, the plan, its clock, and its run."""
