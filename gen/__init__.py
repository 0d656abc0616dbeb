"""Training, melting, simplifying, mapping and generating: everything up to the HDL."""
