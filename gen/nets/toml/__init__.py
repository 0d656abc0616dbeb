"""What a recipe's TOML can say, strictly, without torch."""
