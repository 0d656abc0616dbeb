"""Data of one's own: a table, arrays or a folder of images, with a label and a split.

`load_own` makes of them a `DataSet` like those that come along.
"""

from gen.data.own.load import load_own
from gen.data.own.said import Own

__all__ = ["Own", "load_own"]
