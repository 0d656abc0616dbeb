"""Other people's networks, and what their own flows make of them."""
