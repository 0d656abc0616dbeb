"""Tables without a header, as UCI and others publish them: rows of values with commas between."""

import io
import lzma
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gen.data.errors import DataError
from gen.data.published.fetch import Source, fetch

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LEAST", "read_rows"]

LEAST = 8
"""Rows: fewer are no data set."""
XZ = bytes.fromhex("fd377a585a00")  # how a file packed by xz begins


def read_rows(source: Source, names: Sequence[str]) -> "pd.DataFrame":
    """The rows of a file, packed by xz or not, its columns called by these names.

    Raises DataError where the file cannot be had, or a row has another number of values.
    """
    import pandas as pd

    lines = [line for line in _text(source).splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        if line.count(",") + 1 != len(names):
            raise DataError(
                f"{source.name}: row {number} has {line.count(',') + 1} values, expected"
                f" {len(names)}"
            )
    if len(lines) < LEAST:
        raise DataError(f"{source.name}: {len(lines)} rows; {LEAST} are needed")
    texts = io.StringIO("\n".join(lines))
    return pd.read_csv(
        texts, header=None, names=list(names), na_values=[""], keep_default_na=False, quoting=3
    )


def _text(source: Source) -> str:
    data = fetch(source)
    try:
        packed = data.startswith(XZ)
        return (lzma.decompress(data) if packed else data).decode("ascii")
    except (lzma.LZMAError, UnicodeDecodeError) as error:
        raise DataError(f"{source.name}: not a text, packed or plain ({error})") from None
