"""`python -m benchmarks.questions.section`: to make a network unable to say 7, over several seeds.

`digits-section` has its sevens in a section; cutting that is shown beside ways that need no such
training, on the same network trained ordinarily: the same units cut, all units cut that the score
of 7 reads, and the score of 7 deleted, which leaves all units as they are. For each: is 7 proved
absent on all inputs, what do the other classes lose, and what does a linear probe (logistic
regression, classes weighted alike) on the activations that remain still recover of the sevens? What
such a probe finds is not all knowledge of sevens: the same units of the same network trained
without any, and the input bits themselves, are its scale.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from benchmarks.kept import kept
from gen.ask.network.budget import Budget
from gen.ask.network.conditions import ANYWHERE
from gen.ask.network.cuts import Cut, cut_of, section_names
from gen.ask.network.logic import Logic
from gen.ask.questions.ablate import ablate
from gen.commands.ask.by_torch import case_by_torch
from gen.console import main, positive
from gen.data.sets import DataSet, load_set
from gen.files import make_folder, write_bytes, write_json, write_text
from gen.intnet.interpret import interpret
from gen.intnet.network import IntNet, Linear
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.nets.freezing.freeze import freeze
from gen.nets.recipe import Recipe, find_recipe
from gen.nets.store import Model
from gen.nets.training.train import train
from gen.style import DARK, LIGHT, LINK_COLOUR, MIDDLE, figure, png, tidy

__all__ = ["measure_seed", "plot_sections", "probe", "table"]

RECIPE = "digits-section"
SECONDS = 120.0
"""Budget of each cut's proofs."""

ROWS = {
    "localized": "the section cut",
    "same": "same units cut, trained ordinarily",
    "circuit": "all units cut that 7 reads, trained ordinarily",
    "deleted": "the score of 7 deleted, trained ordinarily",
}
Floats = NDArray[np.float64]


def measure_seed(recipe: Recipe, seed: int) -> dict[str, Any]:
    """Train with and without a section, and without the class; cut, prove and probe."""
    localize = recipe.localize
    assert localize is not None
    data = load_set(recipe.data.name)
    recipe = replace(recipe, schedule=replace(recipe.schedule, seed=seed))
    plain = replace(recipe, localize=None)
    own, usual = _network(recipe, data), _network(plain, data)
    unseen = _network(recipe, data, without=localize.behaviour)
    logic, name = _logic(own), data.classes[localize.behaviour]
    section = cut_of(logic, section_names(own, name))
    rest = _others(own, section)
    ordinary = _logic(usual)
    same = cut_of(ordinary, [one for one in section.elements if one in ordinary.activations])
    circuit = cut_of(ordinary, _read_by(usual, localize.behaviour))
    return {
        "seed": seed,
        "localized": _cut(logic, section, name, data, localize.behaviour),
        "same": _cut(ordinary, same, name, data, localize.behaviour),
        "circuit": _cut(ordinary, circuit, name, data, localize.behaviour),
        "deleted": _deleted(usual, data, localize.behaviour),
        "probes": {
            "input bits": _probe(own, data, localize.behaviour, None),
            "never saw one": _probe(unseen, data, localize.behaviour, rest),
        },
    }


def measure_seeds(recipe: Recipe, seeds: int, out: Path) -> list[dict[str, Any]]:
    """Seeds 0 and up; those whose JSON lies in `out` are not measured again."""
    return [
        kept(out / f"section-{seed}.json", partial(measure_seed, recipe, seed))
        for seed in range(seeds)
    ]


def _network(recipe: Recipe, data: DataSet, without: int | None = None) -> IntNet:
    features, labels = data.part(data.train)
    rows = labels != without
    label = f"{recipe.name}, seed {recipe.schedule.seed}"
    found = train(recipe, features[rows], labels[rows], len(data.classes), label=label)
    return freeze(Model(recipe, found.model, found.encoder, data.classes, {}))


def _logic(net: IntNet) -> Logic:
    sections = melt(net)
    return Logic(net, sections, flatten(sections), net.meta.get("care"))


def _read_by(net: IntNet, behaviour: int) -> list[str]:
    score = net.node(net.score)
    assert isinstance(score, Linear)
    read = np.flatnonzero(score.weight[behaviour])
    return [f"{score.inputs[0]}[{at}]" for at in read]


def _others(net: IntNet, cut: Cut) -> list[int]:
    """Units of the last hidden layer that are left."""
    score = net.node(net.score)
    name, size = score.inputs[0], net.signals[score.inputs[0]].size
    return [at for at in range(size) if f"{name}[{at}]" not in cut.elements]


def _cut(logic: Logic, cut: Cut, name: str, data: DataSet, behaviour: int) -> dict[str, Any]:
    """What is proved and lost; the probe before is on all units, after on those that remain."""
    answer = ablate(logic, cut, [f"class={name}"], ANYWHERE, Budget(SECONDS), certify=True)
    answer.verify(case_by_torch(logic, answer.conditions))
    before, after = answer.details["before"], answer.details["after"]
    kept = [one["verdict"] for one in answer.details["claims"][1:]]
    left = cut.network(logic.net)
    return {
        "units": len(cut.elements),
        "verdict": answer.verdict,
        "kept": {verdict: kept.count(verdict) for verdict in sorted(set(kept))},
        "seconds": round(answer.run.seconds, 2),
        "said": [before["says"], after["says"]],
        "rest": [before["rest"], after["rest"]],
        "right": _recall(before, name),
        "ands": answer.details["ands"],
        "probe": [
            _probe(logic.net, data, behaviour, _others(logic.net, Cut((), ()))),
            _probe(left, data, behaviour, _others(left, cut)),
        ],
    }


def _recall(measured: dict[str, Any], name: str) -> float:
    (found,) = (one for one in measured["classes"] if one["class"] == name)
    return float(found["right"] / found["rows"])


def _deleted(net: IntNet, data: DataSet, behaviour: int) -> dict[str, Any]:
    """The largest score but one class's: the units stay as they are."""
    bits, labels = _encoded(net, data, data.test)
    score = interpret(net, bits)[net.score].astype(np.int64)
    others = labels != behaviour
    rest = [float((score.argmax(1) == labels)[others].mean())]
    score[:, behaviour] = np.iinfo(np.int64).min
    rest.append(float((score.argmax(1) == labels)[others].mean()))
    probed = _probe(net, data, behaviour, _others(net, Cut((), ())))
    return {"units": 0, "verdict": "killed", "rest": rest, "probe": [probed, probed]}


def _encoded(net: IntNet, data: DataSet, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from gen.data.encode import encoder_from_dict

    features, labels = data.part(rows)
    return encoder_from_dict(net.meta["encoder"]).encode(features), labels


def _probe(
    net: IntNet, data: DataSet, behaviour: int, units: Sequence[int] | None
) -> dict[str, float]:
    """A probe on units of the last hidden layer, or on the input bits."""
    parts = []
    for rows in (data.train, data.test):
        bits, labels = _encoded(net, data, rows)
        values = bits if units is None else interpret(net, bits)[_last(net)][:, list(units)]
        parts.append((values.astype(np.float64), labels == behaviour))
    return probe(*parts[0], *parts[1])


def _last(net: IntNet) -> str:
    return net.node(net.score).inputs[0]


def probe(
    x: Floats, y: NDArray[np.bool_], x_test: Floats, y_test: NDArray[np.bool_]
) -> dict[str, float]:
    """Train on (x, y), measure on the test part: area under the ROC curve, balanced accuracy and
    the part of the positives that is found."""
    model = LogisticRegression(class_weight="balanced", max_iter=2000).fit(x, y)
    found = model.predict(x_test)
    return {
        "auc": round(float(roc_auc_score(y_test, model.decision_function(x_test))), 5),
        "balanced": round(float(balanced_accuracy_score(y_test, found)), 5),
        "found": round(float(found[y_test].mean()), 5),
    }


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as Markdown, means over seeds."""
    seeds = ", ".join(str(row["seed"]) for row in rows)
    lines = [
        f"Seeds {seeds}; means, with the standard deviation of the loss. The probe's columns are"
        " balanced accuracy and area under the ROC curve.",
        "",
        "| | units | 7 absent on all inputs | others, before | after | loss, points | probe before"
        " | probe after |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for key, label in ROWS.items():
        mine = [row[key] for row in rows]
        proved = sum(one["verdict"] == "killed" for one in mine)
        absent = f"proved in {proved} of {len(mine)}" if key != "deleted" else "by construction"
        before, after = ([100 * one["rest"][at] for one in mine] for at in (0, 1))
        lost = [a - b for a, b in zip(before, after, strict=True)]
        spread = stdev(lost) if len(lost) > 1 else 0.0
        cells = [
            label,
            f"{mean(one['units'] for one in mine):.0f}",
            absent,
            f"{mean(before):.2f} %",
            f"{mean(after):.2f} %",
            f"{mean(lost):.2f} ± {spread:.2f}",
            *(_probed([one["probe"][at] for one in mine]) for at in (0, 1)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    for name in ("never saw one", "input bits"):
        found = _probed([row["probes"][name] for row in rows])
        lines.append(f"| scale of the probe: {name} | | | | | | | {found} |")
    return "\n".join(lines) + "\n"


def _probed(found: list[dict[str, float]]) -> str:
    return f"{mean(one['balanced'] for one in found):.1%}, {mean(one['auc'] for one in found):.4f}"


def plot_sections(rows: list[dict[str, Any]], path: Path) -> None:
    """Loss of the other classes, and what the probe recovers, a dot for each seed."""
    chart, axes = figure("Unable to say 7: what a cut costs, and what it leaves", 7.2, 3.4)
    colours = (DARK, MIDDLE, LIGHT, LINK_COLOUR)
    for (key, label), colour in zip(ROWS.items(), colours, strict=True):
        lost = [100 * (row[key]["rest"][0] - row[key]["rest"][1]) for row in rows]
        left = [100 * row[key]["probe"][1]["balanced"] for row in rows]
        proved = all(row[key]["verdict"] == "killed" for row in rows)
        axes.scatter(
            lost, left, s=42, color=colour, edgecolors=DARK, linewidths=0.6,
            marker="o" if proved else "X", label=label,
        )  # fmt: skip
    for name, style in (("never saw one", "--"), ("input bits", ":")):
        level = 100 * mean(row["probes"][name]["balanced"] for row in rows)
        axes.axhline(level, color=MIDDLE, linestyle=style, linewidth=0.9, label=f"probe: {name}")
    axes.legend(frameon=False, fontsize=7.5, loc="center left", bbox_to_anchor=(1.0, 0.5))
    tidy(
        axes,
        "accuracy that the other classes lose, points (cross: 7 can still be said)",
        "sevens that a probe recovers,\nbalanced accuracy, %",
    )
    write_bytes(path, png(chart))


def run(args: argparse.Namespace) -> None:
    """Measure seeds that are not measured yet; write JSON, table and plot."""
    recipe = find_recipe(RECIPE)
    make_folder(args.out)
    rows = measure_seeds(recipe, args.seeds, args.out)
    write_json(args.out / "section.json", {"recipe": RECIPE, "rows": rows})
    write_text(args.out / "section.md", table(rows))
    plot_sections(rows, args.out / "section.png")
    print(table(rows), end="")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks.questions.section", description=__doc__
    )
    top.add_argument("--out", type=Path, default=Path("build/bench"), help="folder to write to")
    top.add_argument("--seeds", type=positive, default=5, help="how many, from 0 (default: 5)")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
