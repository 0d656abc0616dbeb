"""What a pickle wants, told from its opcodes: nothing of it is run."""

import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

__all__ = ["first_wanted"]

KNOWN = re.compile(
    r"collections\.OrderedDict|_codecs\.encode|torch\.(_utils|_tensor|serialization|storage)\..*"
    r"|torch\.(\w+Storage|Size|device|Tensor|[a-z]+\d+|bool|half|double|int|long|short)"
)
"""What checkpoints of tensors have."""
LARGEST = 1 << 26


def first_wanted(path: Path) -> str:
    """The first function or class that a file wants and no checkpoint of tensors does, as
    `posix.system`; "" where there is none, or the file cannot be taken apart."""
    try:
        return next((one for one in _wanted(_pickle(path)) if not KNOWN.fullmatch(one)), "")
    except Exception:  # Whatever a damaged file makes of it; the caller has its own error.
        return ""


def _pickle(path: Path) -> bytes:
    """The pickle of a file: itself, or the member of an archive."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as stream:
            return stream.read(LARGEST)
    with zipfile.ZipFile(path) as archive:
        name = next(one for one in archive.namelist() if one.endswith("data.pkl"))
        with archive.open(name) as member:
            return member.read(LARGEST)


def _wanted(data: bytes) -> Iterator[str]:
    """Names as they come: GLOBAL says one, STACK_GLOBAL takes the last two texts."""
    texts: list[str] = []
    for opcode, argument, _ in pickletools.genops(data):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(argument).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(texts[-2:])
        elif isinstance(argument, str):
            texts.append(argument)
