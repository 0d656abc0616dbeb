"""Where a model begins and ends: its encoder, its scores and its choice."""
