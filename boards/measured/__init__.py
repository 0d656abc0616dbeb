"""What the tools said: results, placement, delays, timing."""
