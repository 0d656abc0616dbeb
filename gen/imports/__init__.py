"""Other people's models become integer networks: read exactly, compared with their own runtime."""
