"""Ways to damage a file, drawn with a generator: cut short, bytes changed, entries of another kind.

What JSON, TOML and archives hold is also changed where it stands, so that the file stays readable
and only its meaning is wrong: such files come through the reader and reach the code behind it.
"""

import io
import json
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import numpy as np

__all__ = ["damaged"]

LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 65536, 10**9, -(10**12), 10**40, 0.5, -0.0, 1e308),
    *("", "x", "0", "-1", "\0", "\ud800", "../../x", "x" * 5000, "class", "top", "ä", "{}", "nan"),
    *([], {}, [[]], [None], [0], ["x"], {"x": 1}, [[0, 0]], [["x", 1]], [1, 2, 3]),
)
RAW = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "9" * 5000,
    "[" * 3000,
    '{"a":' * 3000,
    "\x00",
    "tru",
)


def damaged(name: str, data: bytes, draw: random.Random) -> bytes:
    """The file's bytes with one damage, or a few."""
    kinds: list[Callable[[bytes, random.Random], bytes]] = [_cut, _bytes, _other]
    if name.endswith(".json"):
        kinds += [_json] * 12 + [_raw]
    elif name.endswith(".npz"):
        kinds += [_arrays] * 12 + [_members] * 3
    elif name.endswith((".aig", ".v", ".toml", ".csv", ".sdf", ".xml", ".py")):
        kinds += [_words] * 8 + [_lines] * 2
    elif name.endswith(".safetensors"):
        kinds += [_tensors] * 6
    return draw.choice(kinds)(data, draw)


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _bytes(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice((1, 1, 2, 8))):
        at = draw.randrange(len(changed)) if changed else 0
        if changed and draw.random() < 0.7:
            changed[at] = draw.randrange(256)
        elif draw.random() < 0.5:
            changed[at:at] = draw.randbytes(draw.randrange(1, 9))
        else:
            del changed[at : at + draw.randrange(1, 9)]
    return bytes(changed)


def _other(data: bytes, draw: random.Random) -> bytes:
    """Something else altogether."""
    return draw.choice(
        (b"", b"\0" * 100, b"[]", b"{}", b"3", b"null", b"text\n", draw.randbytes(300), data * 2,
         b"PK\x03\x04" + bytes(40), b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\0", b"\xff\xfe")
    )  # fmt: skip


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a JSON value with every key or index in it."""
    stack = [value]
    while stack:
        one = stack.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            yield one, key
            if isinstance(one[key], (dict, list)):
                stack.append(one[key])


def _json(data: bytes, draw: random.Random) -> bytes:
    """One or two entries changed, removed, added, doubled or swapped; the rest as it was."""
    value = json.loads(data)
    for _ in range(draw.choice((1, 1, 1, 2))):
        _change(value, draw)
    return json.dumps(value).encode()


def _change(value: Any, draw: random.Random) -> None:
    places = list(_places(value))
    if not places:
        return
    if draw.random() < 0.5:  # near the top, where few entries are and each means much
        places = [(one, key) for one, key in places if one is value] or places
    holder, key = draw.choice(places)
    how = draw.randrange(6)
    if how == 0:
        del holder[key]
    elif how == 1 and isinstance(holder, list):
        holder.insert(key, deepcopy(draw.choice(LEAVES)))
    elif how == 2 and isinstance(holder, list) and len(holder) > 1:
        other = draw.randrange(len(holder))
        holder[key], holder[other] = holder[other], holder[key]
    elif how == 3 and isinstance(holder[key], int) and not isinstance(holder[key], bool):
        holder[key] += draw.choice((-1, 1, 2, 64))
    else:
        holder[key] = deepcopy(draw.choice(LEAVES))


def _raw(data: bytes, draw: random.Random) -> bytes:
    """A place of the text with what is hardly JSON."""
    value = json.loads(data)
    places = [(one, key) for one, key in _places(value)]
    holder, key = draw.choice(places)
    holder[key] = "@here@"
    return json.dumps(value).replace('"@here@"', draw.choice(RAW), 1).encode()


def _words(data: bytes, draw: random.Random) -> bytes:
    """A word of a text by another, or by a number that is far too large."""
    words = data.split(b" ")
    at = draw.randrange(len(words))
    other = (b"0", b"-1", b"99999999999", b"9" * 400, b"", b"x", b"nan", b'"', b"]", b"[[", b"true",
             b"1e999", b"\xff", words[draw.randrange(len(words))])  # fmt: skip
    words[at] = draw.choice(other)
    return b" ".join(words)


def _lines(data: bytes, draw: random.Random) -> bytes:
    lines = data.split(b"\n")
    at, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    if draw.random() < 0.5:
        del lines[at]
    else:
        lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def _tensors(data: bytes, draw: random.Random) -> bytes:
    """The header of a safetensors file changed, its length kept true."""
    size = int.from_bytes(data[:8], "little")
    header = _json(data[8 : 8 + size], draw)
    return len(header).to_bytes(8, "little") + header + data[8 + size :]


def _arrays(data: bytes, draw: random.Random) -> bytes:
    """One array of an archive changed, removed, of another shape or kind."""
    with np.load(io.BytesIO(data)) as file:
        arrays = {name: file[name] for name in file.files}
    name = draw.choice(list(arrays))
    array = arrays[name]
    how = draw.randrange(8)
    if how == 0:
        del arrays[name]
    elif array.dtype.kind == "U" and array.shape == () and str(array)[:1] == "{":
        arrays[name] = np.array(_json(str(array).encode(), draw).decode())
    elif how == 1:
        arrays[name] = array.astype(draw.choice(("i1", "i8", "u8", "f4", "c8", "U3", "S2", "?")))
    elif how == 2:
        arrays[name] = draw.choice((np.array(7), np.zeros((0,), "i4"), np.zeros((3, 3, 3), "u1"),
                                    np.array("x"), np.zeros((1, 0), "u1")))  # fmt: skip
    elif how == 3 and array.ndim:
        arrays[name] = array[: len(array) // 2]
    elif how == 4 and array.ndim:
        arrays[name] = array[..., :-1]
    elif how == 5:
        arrays[name] = array.T if array.ndim > 1 else array.reshape(1, -1)
    elif array.size and array.dtype.kind in "iuf":
        flat = array.copy().reshape(-1)
        limit = np.iinfo(array.dtype) if array.dtype.kind in "iu" else np.finfo(array.dtype)
        flat[draw.randrange(flat.size)] = draw.choice((limit.max, limit.min, 0, 1))
        arrays[name] = flat.reshape(array.shape)
    return _archive(arrays)


def _archive(arrays: dict[str, Any]) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _members(data: bytes, draw: random.Random) -> bytes:
    """A member of the archive removed, doubled, renamed, or declared to be huge."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        chosen = draw.choice(old.namelist())
        how = draw.randrange(5)
        for name in old.namelist():
            content = old.read(name)
            if name != chosen:
                new.writestr(name, content)
            elif how == 1:
                new.writestr("data.pkl", content)
            elif how == 2:
                new.writestr(name, _huge(draw))
            elif how == 3:
                new.writestr(name, draw.randbytes(50))
            elif how == 4:
                new.writestr(f"../{name}", content)
    return stream.getvalue()


def _huge(draw: random.Random) -> bytes:
    """An array file that declares far more numbers than it holds, or objects."""
    shape = draw.choice(("(1000000000000,)", "(10, 99999999999999)", "(-1,)", "(0, 10)", "()"))
    kind = draw.choice(("<i8", "|u1", "|O", "<U99999999", "<f8", "|V0", "<U0"))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header + bytes(16)
