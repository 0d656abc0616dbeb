"""What importers raise."""

from gen.errors import SmeltError

__all__ = ["ImportRefused"]


class ImportRefused(SmeltError):
    """A model cannot be read, or not exactly: the message names the node, why, and what to do."""
