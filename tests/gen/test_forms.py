"""Forms of JSON values: what fits, and the place of what does not."""

import re
from typing import Any

import pytest

from gen.forms import CORE, COUNT, NAME, SHARE, Maybe, Within, check_form

FORM = {
    "name": str,
    "seed": COUNT,
    "rows": [{"cells": int, "ns?": Maybe(float), "at": (int, str)}],
    "kind": frozenset({"a", "b"}),
    "by_name": {str: bool},
    "file?": NAME,
    "hex?": re.compile("[0-9a-f]+"),
    "right?": SHARE,
    "ns?": Within(0.5, 2e9),
}


def good() -> dict[str, Any]:
    return {
        "name": "x",
        "seed": 3,
        "rows": [{"cells": -1, "ns": 0.5, "at": [1, "x"]}, {"cells": 2, "ns": None, "at": [0, ""]}],
        "kind": "a",
        "by_name": {"p": True, "q": False},
        "more": object(),
    }


def test_what_fits() -> None:
    check_form(good(), FORM)
    check_form(good() | {"file": "top.bin", "hex": "0af"}, FORM)
    check_form(good() | {"rows": []}, FORM)
    for right, ns in ((0, 0.5), (1, 2_000_000_000), (1.0, 3), (0.25, 2e9)):
        check_form(good() | {"right": right, "ns": ns}, FORM)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, "name is 3, not a str"),
        ({"seed": -1}, "seed is -1, no number from 0 to 2147483647"),
        ({"seed": True}, "seed is True, no number from 0 to 2147483647"),
        ({"seed": 1.0}, "seed is 1.0, no number from 0 to 2147483647"),
        ({"rows": {}}, "rows is {}, not a list"),
        ({"rows": [3]}, "rows[0] is 3, not a dict"),
        ({"rows": [{"cells": 1}]}, "rows[0] has no 'at'"),
        ({"rows": [{"cells": 10**30, "at": [1, "x"]}]},
         f"rows[0].cells is {10**30}, not a number of 64 bits"),
        ({"rows": [{"cells": 1, "at": [1]}]}, "rows[0].at has 1 entries, not 2"),
        ({"rows": [{"cells": 1, "at": [1, 2]}]}, "rows[0].at[1] is 2, not a str"),
        ({"rows": [{"cells": 1, "at": [1, "x"], "ns": "x"}]}, "rows[0].ns is 'x', not a number"),
        ({"rows": [{"cells": 1, "at": [1, "x"], "ns": 1e999}]}, "rows[0].ns is inf, not finite"),
        ({"kind": "c"}, "kind is 'c', none of a, b"),
        ({"kind": ["a"]}, "kind is ['a'], none of a, b"),
        ({"by_name": {"p": 1}}, "by_name.p is 1, not a bool"),
        ({"file": "../x"}, r"file is '../x', not of the form [^/\0]{1,200}"),
        ({"hex": "xyz"}, "hex is 'xyz', not of the form [0-9a-f]+"),
        ({"right": 1.5}, "right is 1.5, no number from 0 to 1"),
        ({"right": -1}, "right is -1, no number from 0 to 1"),
        ({"right": True}, "right is True, not a number"),
        ({"right": "1"}, "right is '1', not a number"),
        ({"right": 1e999}, "right is inf, not finite"),
        ({"ns": 0}, "ns is 0, no number from 0.5 to 2000000000.0"),
        ({"name": ["y" * 100]}, f"name is ['{'y' * 58}..., not a str"),
    ],
)  # fmt: skip
def test_what_does_not_fit_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        check_form(good() | change, FORM)
    assert str(caught.value) == message


@pytest.mark.parametrize("key", ["name", "seed", "rows", "kind", "by_name"])
def test_what_is_missing_wrong(key: str) -> None:
    value = good()
    del value[key]
    with pytest.raises(ValueError, match=f"^it has no '{key}'$"):
        check_form(value, FORM)


def test_a_core_of_no_outputs_of_no_width_wrong() -> None:
    core = {"family": "ice40", "recipe": "x", "digest": "ab", "latency": 1, "inputs": 2,
            "outputs": [["class", 2]], "score_signed": True}  # fmt: skip
    check_form(core, CORE)
    with pytest.raises(ValueError, match=r"^outputs\[0\]\[1\] is 0, no number from 1"):
        check_form(core | {"outputs": [["class", 0]]}, CORE)
