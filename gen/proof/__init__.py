"""Proofs between forms of one circuit: machines read from netlists, compared register by register."""
