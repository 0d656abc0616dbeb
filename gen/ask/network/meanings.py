"""What names of a network's inputs mean: x[3] "petal width >= 1.75", feature[1] "petal width".

An answer names bits and features; what a person knows are columns, values and pixels.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gen.data.described import bit_meanings, feature_names

__all__ = ["meanings", "names_in", "with_meanings"]

NAMED = re.compile(r"(?<![\w=.\]])(?:x|feature|encoder)\[\d+\](?:\.\d+)?(?:@\d+)?")
"""An input's name in a line of text."""


def meanings(
    meta: Mapping[str, Any], inputs: Sequence[str], features: Sequence[str]
) -> dict[str, str]:
    """What each input bit and each feature means, by name, of a network with this `meta`; none
    where it has no encoder.

    Over several steps ("x[3]@2") every step's inputs mean something of their own. Of a single step
    of a recurrent network it is told what columns its inputs are of in the first.
    """
    says, called = bit_meanings(meta), feature_names(meta)
    one_of_many = bool(inputs) and "@" not in inputs[0] and len(says) > len(inputs)
    if one_of_many and meta.get("columns"):
        says = tuple(f"{one} in the first step" for one in says)
        called = tuple(f"{one} in the first step" for one in called)
    elif one_of_many:
        return {}
    return dict(zip(inputs, says, strict=False)) | dict(zip(features, called, strict=False))


def names_in(text: str) -> list[str]:
    """The names of inputs in a text, each once."""
    return list(dict.fromkeys(NAMED.findall(text)))


def with_meanings(lines: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """The lines, and after a name that is known what it means; once in a line."""
    return [_with_meanings(line, known) for line in lines]


def _with_meanings(line: str, known: Mapping[str, str]) -> str:
    told: set[str] = set()

    def said(match: re.Match[str]) -> str:
        name = match[0]
        if name in told or name not in known:
            return name
        told.add(name)
        return f"{name} ({known[name]})"

    return NAMED.sub(said, line)
