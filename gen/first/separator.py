"""What stands between the values of a text, where it is not what the name of the file says."""

from pathlib import Path

from gen.data.own.tables import SEPARATORS

__all__ = ["separator_of"]

OTHERS = (";", "\t", "|", ",")


def separator_of(path: Path) -> str | None:
    """The separator that the header has, where it has none of the usual one; None otherwise."""
    usual = SEPARATORS.get(path.suffix.lower())
    if usual is None or not path.is_file():
        return None
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        header = next((line for line in stream if line.strip()), "")
    if usual in header:
        return None
    counts = {one: header.count(one) for one in OTHERS if one != usual}
    best = max(counts, key=lambda one: counts[one])
    return best if counts[best] else None
