"""How large networks get, as built and as estimated before training."""
