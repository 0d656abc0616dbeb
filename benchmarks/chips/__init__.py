"""How fast chips run them, in every form, and what faults in a bitstream do."""
