"""Technology mapping: graph to LUT cells, and pipeline registers."""
