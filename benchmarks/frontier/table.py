"""The frontier as Markdown: a table for each task, ours and the published points by accuracy."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.frontier.points import PointsWrong, Published, Rival
from benchmarks.frontier.runs import Ours

__all__ = ["frontier_section"]

HEAD = ("network", "accuracy, %", "LUT4", "LC", "LUT6", "gates", "encoder", "argmax", "counted on")
BY_CLASS = ("ecg",)
"""Tasks whose classes are so unlike in number that accuracy alone says little."""


def frontier_section(
    published: Published, ours: Sequence[Ours], references: Mapping[str, Mapping[str, Any]]
) -> str:
    """The section for BENCHMARKS.md: a table for each task of which any point is known.

    Raises PointsWrong where classes are shown, and references have others than ours.
    """
    lines = [
        "## Frontier",
        "",
        "Accuracy on the test part, which no choice has seen, against size. Ours: the mean of all",
        "seeds (lowest to highest), and the sizes of the median seed: the core that answers the",
        "class, without the encoder on the host; LC are packed iCE40 logic cells with a register",
        "on every output, LUT4 and LUT6 are mapped and proved. Of `mnist-14x14` and",
        "`fashion-14x14` the host encodes means of 2x2 pixels. Others: their claims, or their",
        "Verilog through our tools (*); `?` is what a source does not tell. Measured by",
        "`python -m benchmarks.frontier.measure`, printed and drawn by `make frontier`.",
    ]
    for task, title in published.tasks.items():
        rows = [_of_ours(one) for one in ours if one.task == task]
        rows += [_of_rival(one) for one in published.rivals if one.task == task]
        rows += [_of_reference(name, one) for name, one in references.get(task, {}).items()]
        if rows:
            rows.sort(key=lambda row: (row[0] is None, -(row[0] or 0)))
            lines += ["", f"### {title}", "", _row(*HEAD), _row(*["---"] * len(HEAD))]
            lines += [_row(*cells) for _, cells in rows]
        if task in BY_CLASS:
            mine = [one for one in ours if one.task == task]
            lines += _by_class(task, mine, references.get(task, {}))
    return "\n".join(lines)


Line = tuple[float | None, Sequence[object]]
"""Accuracy, to sort by, and the cells."""


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _of_ours(one: Ours) -> Line:
    low, high = one.accuracies[0], one.accuracies[-1]
    chosen = one.chosen
    said = f"**{one.accuracy:.2f}** ({low:.2f} to {high:.2f}, {len(one.accuracies)} seeds)"
    sizes = [f"**{chosen[unit]:,}**" for unit in ("lut4", "lc", "lut6")]
    encoder = "in" if chosen["encoder"] == "chip" else "out"
    if chosen.get("set", one.task) != one.task:
        encoder += f", `{chosen['set']}`"
    return one.accuracy, [f"**`{one.recipe}`**", said, *sizes, "", encoder, "in", "iCE40 UP5K"]


def _of_rival(one: Rival) -> Line:
    size = "" if one.least is None else f"{one.least:,}"
    if one.most != one.least:
        size += f" to {one.most:,}"
    sizes = [size if unit == one.unit else "" for unit in ("lut4", "lc", "lut6", "gates")]
    told = {True: "in", False: "out", None: "?"}
    who = f"{one.who}{' *' if one.by == 'here' else ''} ({one.source})"
    accuracy = "?" if one.accuracy is None else f"{one.accuracy:.2f}"
    return one.accuracy, [who, accuracy, *sizes, told[one.encoder], told[one.argmax], one.on]


def _of_reference(name: str, found: Mapping[str, Any]) -> Line:
    accuracy = 100 * found["accuracy"]
    on = f"scikit-learn {found['scikit-learn']}, raw features"
    return accuracy, [f"*{name}*", f"{accuracy:.2f}", *[""] * 6, on]


def _by_class(
    task: str, ours: Sequence[Ours], references: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """Recall of each class and macro-F1: of ours, those of the median seed."""
    found = {f"`{one.recipe}`": one.chosen for one in ours} | dict(references)
    if not found:
        return []
    classes = list(next(iter(found.values()))["recall"])
    lines = ["", _row("", *(f"recall of {one}, %" for one in classes), "macro-F1")]
    lines.append(_row(*["---"] * (len(classes) + 2)))
    for name, one in found.items():
        if one["recall"].keys() != set(classes):
            raise PointsWrong(
                f"{task}.json of the references: {name} has recall of {', '.join(one['recall'])},"
                f" not of {', '.join(classes)}"
            )
        recall = [f"{100 * one['recall'][label]:.1f}" for label in classes]
        lines.append(_row(name, *recall, f"{one['macro_f1']:.3f}"))
    return lines
