"""The error of everything that reads data."""

from gen.errors import SmeltError

__all__ = ["DataError"]


class DataError(SmeltError):
    """A data set is unknown, missing, damaged or of the wrong shape."""
