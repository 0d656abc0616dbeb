"""Proofs that two forms of a circuit are one: machines, compared register by register."""
