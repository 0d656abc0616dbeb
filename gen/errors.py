"""The base of every error that a user sees."""

__all__ = ["SmeltError"]


class SmeltError(Exception):
    """What went wrong, with the value, where, and what to do, in one line.

    Subclasses live where they are raised. `gen.console.main` prints the line and exits with the
    class's `status`.
    """

    status = 1
