"""Truth tables of edges, as KANELE writes them: sums of tables, clipped, layer after layer."""
