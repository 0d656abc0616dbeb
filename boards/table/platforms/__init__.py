"""Boards that amaranth-boards lacks, written as it writes its own."""
