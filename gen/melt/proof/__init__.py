"""The proof that a melted graph is its network, which shares nothing with the rules."""
