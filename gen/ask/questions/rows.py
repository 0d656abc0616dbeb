"""An answer as rows of a table: what each is about by `name`, and what that name `means`.

Nothing is in them that is not in the answer's details; they are made for people and data frames.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from gen.ask.evidence.answer import Answer
from gen.ask.network.classifier import parts_of
from gen.ask.network.logic import Logic
from gen.data.described import feature_values

__all__ = ["rows_of"]

Rows: TypeAlias = list[dict[str, Any]]


def rows_of(answer: Answer, logic: Logic) -> Rows:
    """A dict a row, all of the same keys, `name` and `means` first.

    Of `depends` and `influence` a row is a pair, of `features` an activation, of `explain` an input
    that decides, of `robust` an input that is changed (without a sample: a radius), of `can` a
    class, of `ties` two classes, of `monotone` a direction, of `ablate` a class or output before
    and after (of `kill`: a claim), of `equivalent` the one verdict.
    """
    made = KINDS[answer.kind](answer, _Means(logic))
    keys = list(dict.fromkeys(["name", "means", *(key for row in made for key in row)]))
    return [{key: row.get(key, "" if key == "means" else None) for key in keys} for row in made]


class _Means:
    """What the names of inputs mean, and what an input has there."""

    def __init__(self, logic: Logic) -> None:
        self.logic = logic

    def __call__(self, name: str) -> str:
        """What a name means, "" where nothing is known; a column's own name means itself."""
        known = self.logic.meanings
        return known.get(name, name if name in known.values() else "")

    def held(self, name: str, row: str) -> str:
        """What an input, its bits as text, is at this name: "1 <= petal width < 1.75"."""
        logic, bits = self.logic, [int(one) for one in row]
        own = set(logic.names.bits(name))
        parts = [p.name for p in parts_of(logic) if {logic.inputs[at] for at in p.bits} == own]
        values = feature_values(logic.net.meta, bits) if parts else ()
        at = [part.name for part in parts_of(logic)].index(parts[0]) if parts else 0
        if at < len(values):
            return values[at]
        found = {bit: bits[logic.inputs.index(bit)] for bit in own}
        said = {bit: self(bit) or bit for bit in own}
        return ", ".join(said[bit] if one else f"not {said[bit]}" for bit, one in found.items())


def _depends(answer: Answer, means: _Means) -> Rows:
    return [
        {"name": one["from"], "means": means(one["from"]), "to": one["to"]}
        | {"verdict": one["verdict"]}
        | {key: one.get(key) for key in ("bit", "row", "values")}
        for one in answer.details["pairs"]
    ]


def _influence(answer: Answer, means: _Means) -> Rows:
    keys = ("to", "influence", "low", "high", "method", "data")
    return [
        {"name": one["from"], "means": means(one["from"])} | {key: one.get(key) for key in keys}
        for one in answer.details["pairs"]
    ]


def _features(answer: Answer, means: _Means) -> Rows:
    return [
        {
            "name": one["name"],
            "means": "",
            "hears": one["features"],
            "hears (means)": [means(name) for name in one["features"]],
            "serves": one["classes"],
            "constant": one["constant"],
            "twin": _twin(one["twin"]),
        }
        for one in answer.details["activations"]
    ]


def _twin(twin: Sequence[Any] | None) -> str | None:
    return None if twin is None else f"{'not ' * bool(twin[1])}{twin[0]}"


def _explain(answer: Answer, means: _Means) -> Rows:
    found, asked = answer.details, answer.question
    names = asked.get("claimed", found.get("kept", ()))
    others = found.get("alternatives", {})
    return [
        {
            "name": name,
            "means": means(name),
            "value": means.held(name, asked["sample"]),
            "decides": found["name"],
            "verdict": found["verdict"],
            "without it": others.get(name),
        }
        for name in names
    ]


def _robust(answer: Answer, means: _Means) -> Rows:
    found = answer.details
    if "radii" in found:
        unit = answer.question["unit"]
        return [{"name": f"{one['radius']} {unit}", **one} for one in found["radii"]]
    if not found.get("row"):
        return [{"name": found["name"], "verdict": found["verdict"], "least": found["least"]}]
    before, after = answer.question["sample"], found["row"]
    return [
        {
            "name": name,
            "means": means(name),
            "before": means.held(name, before),
            "after": means.held(name, after),
            "class": found["name"],
            "becomes": found["becomes"],
            "verdict": found["verdict"],
        }
        for name in found["changed"]
    ]


def _can(answer: Answer, _: _Means) -> Rows:
    classes = answer.details["classes"].items()
    return [
        {"name": name, "verdict": one["verdict"], "row": one.get("row")} for name, one in classes
    ]


def _ties(answer: Answer, _: _Means) -> Rows:
    return [
        {"name": " and ".join(one["classes"]), "verdict": one["verdict"], "row": one.get("row")}
        for one in answer.details["pairs"]
    ]


def _monotone(answer: Answer, means: _Means) -> Rows:
    name, found = answer.question["feature"], answer.details
    about = {"name": name, "means": means(name), "class": answer.question["target"]}
    return [about | {"as it rises": way, **_plain(found[key])} for way, key in MONOTONE.items()]


MONOTONE = {"becomes true": "rises", "becomes false": "falls"}


def _plain(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"verdict": one["verdict"], "row": one.get("row"), "values": one.get("values")}


def _equivalent(answer: Answer, _: _Means) -> Rows:
    found = answer.details
    keys = ("inputs", "differ", "share", "exact")
    other = (answer.question["other"] or {}).get("build", "the other network")
    return [{"name": other, "verdict": answer.verdict} | {key: found.get(key) for key in keys}]


def _ablate(answer: Answer, _: _Means) -> Rows:
    found = answer.details
    if found.get("claims"):
        keys = ("claim", "verdict", "row", "values")
        return [{"name": one["about"]} | {k: one.get(k) for k in keys} for one in found["claims"]]
    before, after = found.get("before"), found.get("after")
    if before is None or after is None:
        return [{"name": ", ".join(answer.question["kill"]), "verdict": answer.verdict}]
    if "classes" not in before:
        ones = zip(before["ones"].items(), after["ones"].values(), strict=True)
        return [{"name": name, "ones before": was, "ones after": now} for (name, was), now in ones]
    return [
        {"name": f"class={old['class']}", "rows": old["rows"]}
        | {f"{key} {when}": one[key] for key in ("right", "said") for when, one in both.items()}
        for old, new in zip(before["classes"], after["classes"], strict=True)
        for both in [{"before": old, "after": new}]
    ]


KINDS: dict[str, Callable[[Answer, _Means], Rows]] = {
    "depends": _depends,
    "influence": _influence,
    "features": _features,
    "explain": _explain,
    "robust": _robust,
    "can": _can,
    "ties": _ties,
    "monotone": _monotone,
    "equivalent": _equivalent,
    "ablate": _ablate,
}
