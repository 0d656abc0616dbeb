"""How long questions take, and what a section of a network does."""
