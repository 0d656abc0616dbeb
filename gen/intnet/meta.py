"""What a network's `meta` may hold, for those entries that a later step reads."""

from collections.abc import Callable
from typing import Any

from gen.intnet.network import IntNet, NetError
from gen.intnet.node import EXACT, MOST_ELEMENTS

__all__ = ["check_meta"]

CARE_KINDS = ("thermometer", "onehot")
BY_FEATURE = "by feature"
FED_BACK = 8


def check_meta(net: IntNet) -> None:
    """Raise NetError for an entry of `meta` that a later step would stumble over."""
    for key, check in CHECKS.items():
        value = net.meta.get(key)
        wrong = None if value is None else check(net, value)
        if wrong:
            raise NetError(f"meta: {key!r} is {_short(value)}; {wrong}")


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _name(_: IntNet, value: Any) -> str:
    return "" if isinstance(value, str) else "expected a string"


def _classes(net: IntNet, value: Any) -> str:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return "expected a list of strings"
    twice = next((one for at, one in enumerate(value) if one in value[:at]), None)
    if twice is not None:
        return f"two classes are named {twice!r}"
    if not all(one.isprintable() for one in value):
        return "a class's name has a character that cannot be printed"
    count = net.n_classes if net.decision else len(value)
    return "" if len(value) in (0, count) else f"names {len(value)} of the {count} classes"


def _steps(_: IntNet, value: Any) -> str:
    return "" if type(value) is int and value > 0 else "expected how many steps, 1 or more"


def _data(_: IntNet, value: Any) -> str:
    return "" if isinstance(value, str) else "expected a data set's name"


def _columns(_: IntNet, value: Any) -> str:
    fits = isinstance(value, dict) and isinstance(value.get("label"), str)
    listed, ignored = (value.get(key) if fits else None for key in ("columns", "ignored"))
    fits = isinstance(listed, list) and isinstance(ignored, list) and all(map(_is_column, listed))
    return "" if fits else "expected an object of `columns`, `label` and `ignored`"


def _is_column(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"name", "categories", "fill"}:
        return False
    named = [value["name"], *value["categories"]] if isinstance(value["categories"], list) else [0]
    filled = value["fill"] is None or isinstance(value["fill"], str) or _is_number(value["fill"])
    return filled and all(isinstance(one, str) for one in named)


def _image(_: IntNet, value: Any) -> str:
    fits = isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)
    return "" if fits and min(value) > 0 else "expected height and width"


def _encoder(net: IntNet, value: Any) -> str:
    if not isinstance(value, dict):
        return "expected an object"
    # A recurrent network takes a step's features at a time, so they may be more than its inputs.
    given = net.n_inputs * net.input_bits
    if value.get("kind") in (BY_FEATURE, "sensors"):
        return ""  # Read whole where it is used.
    for key, most in (("features", MOST_ELEMENTS), ("bits", given)):
        if key in value and (type(value[key]) is not int or not 1 <= value[key] <= most):
            return f"expected {key!r} as a number, 1 to {most}"
    bits = value.get("bits", 1)
    parted = net.states and given % bits
    return f"features of {bits} bits are no parts of a step's {given} input bits" if parted else ""


def _care(net: IntNet, value: Any) -> str:
    if not isinstance(value, dict) or value.get("kind") not in (*CARE_KINDS, "mixed"):
        return "expected an object of kind 'thermometer', 'onehot' or 'mixed'"
    bits, groups = net.n_inputs * net.input_bits, value.get("groups")
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        return "expected `groups`, a list of lists of input bits"
    for at, group in enumerate(groups):
        if any(type(bit) is not int or not 0 <= bit < bits for bit in group):
            return f"group {at} names a bit that is not one of the {bits} input bits"
        if not group:
            return f"group {at} is empty"
    kinds = value.get("kinds")
    known = isinstance(kinds, list) and all(one in CARE_KINDS for one in kinds)
    if value["kind"] == "mixed" and not (known and len(kinds or ()) == len(groups)):
        return "expected `kinds`, 'thermometer' or 'onehot' for each group"
    named = [bit for group in groups for bit in group]
    return "a bit is named twice" if len(set(named)) < len(named) else ""


def _feedback(net: IntNet, value: Any) -> str:
    bits = net.n_inputs * net.input_bits
    if not isinstance(value, list) or any(type(one) is not int for one in value):
        return "expected a list of input bits, one for each bit of the class"
    if not net.states or net.decision is None:
        return "only a recurrent network that answers a class can be fed with it"
    if len(value) != net.class_width or len(value) != bits:
        return f"the class has {net.class_width} bits, and a step {bits} input bits"
    if len(value) > FED_BACK:
        return f"a class of {len(value)} bits; {FED_BACK} at most are fed back by boards' link"
    wrong = [bit for bit in value if not 0 <= bit < bits]
    if wrong:
        return f"{wrong[0]} is not one of the {bits} input bits of a step"
    return "an input bit is named twice" if len(set(value)) < len(value) else ""


def _boundary(net: IntNet, value: Any) -> str:
    fits = type(value) is int and 0 <= value < net.n_classes
    return "" if fits else f"expected the number of one of the {net.n_classes} classes"


def _sections(_: IntNet, value: Any) -> str:
    named = isinstance(value, dict) and all(isinstance(one, list) for one in value.values())
    fits = named and all(isinstance(name, str) for one in value.values() for name in one)
    return "" if fits else "expected an object of lists of elements' names"


def _recorded(net: IntNet, value: Any) -> str:
    if net.states:
        return "recorded vectors of a recurrent network are not read"
    keys = ("inputs", "scores", "labels")
    lists: list[Any] = [value.get(key) for key in keys] if isinstance(value, dict) else [None]
    if not all(isinstance(one, list) for one in lists):
        return "expected an object of lists `inputs`, `scores` and `labels`"
    if not lists[0]:
        return "it has no rows; leave it out where no answers are known"
    if len({len(one) for one in lists}) > 1:
        return ", ".join(f"{len(one)} {key}" for one, key in zip(lists, keys, strict=True))
    return _recorded_rows(net, *lists)


def _recorded_rows(net: IntNet, inputs: list[Any], scores: list[Any], labels: list[Any]) -> str:
    digits = 2 * -(-net.n_inputs * net.input_bits // 8)
    for at, (row, score, label) in enumerate(zip(inputs, scores, labels, strict=True)):
        if not _is_hex(row, digits):
            return f"inputs[{at}] is not {digits} hexadecimal digits"
        numbers = isinstance(score, list) and all(_is_number(one) for one in score)
        if not numbers or len(score) != net.n_classes or not all(abs(s) < EXACT for s in score):
            return f"scores[{at}] is not a list of {net.n_classes} numbers"
        if not _is_number(label) or label not in range(-1, net.n_classes):
            return (
                f"labels[{at}] is not a class's number, 0 to {net.n_classes - 1}, or -1 where it is"
                " not known"
            )
    return ""


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_hex(row: Any, digits: int) -> bool:
    return isinstance(row, str) and len(row) == digits and set(row) <= set("0123456789abcdefABCDEF")


CHECKS: dict[str, Callable[[IntNet, Any], str]] = {
    "name": _name,
    "classes": _classes,
    "steps": _steps,
    "data": _data,
    "encoder": _encoder,
    "columns": _columns,
    "image": _image,
    "care": _care,
    "feedback": _feedback,
    "boundary": _boundary,
    "sections": _sections,
    "recorded": _recorded,
}
