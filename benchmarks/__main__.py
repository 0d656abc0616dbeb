"""`python -m benchmarks`: measure, keep each figure as JSON, write BENCHMARKS.md.

Every measurement is kept under build/bench/ as it is finished, so an interrupted run goes on.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.accuracy import measure_accuracy
from benchmarks.chips.faults import measure_faults
from benchmarks.chips.forms import plot as plot_forms
from benchmarks.chips.place import DEVICES
from benchmarks.chips.speed import measure_speed
from benchmarks.compilers.measure import compare_compilers
from benchmarks.compilers.traced import compilers_installed
from benchmarks.environment import environment
from benchmarks.evaluator import measure_evaluator
from benchmarks.kept import kept
from benchmarks.peers.measure import measure_peer, measure_probes, measure_size
from benchmarks.peers.networks import PEERS
from benchmarks.questions.ask import measure_ask, plot_growth
from benchmarks.questions.explanations import measure_asking
from benchmarks.questions.growth import GROWTH_WIDTHS, measure_growth, plot_input_growth
from benchmarks.questions.section import RECIPE as SECTIONED
from benchmarks.questions.section import measure_seeds, plot_sections
from benchmarks.scale import WIDTHS, measure_scale, plot_scale
from benchmarks.sharing import measure_sharing
from benchmarks.size.area import compare_area
from benchmarks.size.estimates import measure_estimates
from benchmarks.size.lut6 import compare_lut6
from benchmarks.started import start
from benchmarks.table import markdown
from benchmarks.warm import time_warm_synth
from boards.bits.unpack import missing_tools
from gen.console import main, say
from gen.files import make_folder, write_json, write_text
from gen.nets.recipe import find_recipe, shipped_recipes

RECIPES = (
    "digits",
    "digits-deep",
    "digits-3bit",
    "digits-conv",
    "digits-lut",
    "cancer",
    "cancer-lut",
    "mnist-lut",
)
MULTIBIT = ("digits-3bit", *(f"benchmarks/peers/{name}.toml" for name in
            ("digits-4bit", "digits-8bit", "cancer-6bit")))  # fmt: skip
"""Recipes of weights and activations of several bits, which other compilers are compared on."""
CROSS_VALIDATED = ("digits", "digits-lut", "cancer", "cancer-lut")
WARM = ("digits",)
EVALUATED = "digits"
FAULTED = "digits"
EXPLAINED = {"digits": 20, "cancer": 20}
"""Networks that questions about single inputs are asked of, and rows for the plainer ways."""
ASKED = ("digits", "mnist-lut")
"""Recipes whose builds are asked questions; the first is compared with plain miters."""
SPEEDY, PLACED = "digits", 2
"""The network that is built in every form, and the seeds of its place and route."""
SECTION_SEEDS = 5


def networks(extra: list[Path]) -> list[Path]:
    """Integer networks of the shipped recipes, trained where they are not, and others by path."""
    found = [folder / "net.npz" for folder in made((*RECIPES, *MULTIBIT[1:]), "freeze")]
    return [*found, *extra]


def made(recipes: Sequence[str], step: str = "simplify") -> list[Path]:
    """Build folders of these recipes, made up to a step where they are not."""
    for recipe in recipes:
        start(["make", step, f"RECIPE={recipe}"])
    return [Path("build") / Path(recipe).stem for recipe in recipes]


def called(path: Path) -> str:
    """What a network is called: its file's name, or its build's."""
    return path.parent.name if path.stem == "net" else path.stem


def by_compilers(extra: Sequence[Path], out: Path) -> list[dict[str, Any]]:
    """Networks by every compiler that is installed; none where the first is not."""
    paths = [*(folder / "net.npz" for folder in made(MULTIBIT, "freeze")), *extra]
    if not extra and not compilers_installed():
        say("other compilers are left out: `.venv/bin/pip install .[compilers]` installs them")
        return []
    return [
        kept(
            out / f"compilers-{called(path)}.json",
            partial(compare_compilers, called(path), path, out / called(path) / "compilers"),
        )
        for path in paths
    ]


def by_form(out: Path) -> dict[str, Any]:
    """One network in every form on every device."""
    (build,) = made([SPEEDY], "hdl")
    folder = out / f"speed-{SPEEDY}"
    result = kept(
        folder / "speed.json",
        partial(measure_speed, build, list(DEVICES.values()), folder, PLACED),
    )
    plot_forms(result, folder / "speed.png")
    return result


def sections(out: Path) -> list[dict[str, Any]]:
    """A behaviour in a section of its own, seed by seed."""
    rows = measure_seeds(find_recipe(SECTIONED), SECTION_SEEDS, out)
    plot_sections(rows, out / "section.png")
    return rows


def about_inputs(out: Path) -> dict[str, Any]:
    """Questions about single inputs: of the shipped networks, and as networks grow."""
    rows = [
        kept(out / f"asking-{folder.name}.json", partial(measure_asking, folder, plain))
        for folder, plain in zip(made(list(EXPLAINED)), EXPLAINED.values(), strict=True)
    ]
    growth = [
        kept(out / f"growth-inputs-{width}.json", partial(measure_growth, width))
        for width in GROWTH_WIDTHS
    ]
    plot_input_growth(growth, out / "growth-inputs.png")
    return {"networks": rows, "growth": growth}


def in_bitstreams(out: Path) -> dict[str, Any]:
    """Faults in a bitstream; nothing where they were not tried before and icestorm is missing."""
    path = out / f"faults-{FAULTED}.json"
    if missing_tools() and not path.exists():
        say(f"{path.stem} is left out: {missing_tools()}")
        return {}
    return {"faults": kept(path, partial(measure_faults, FAULTED))}


def run(args: argparse.Namespace) -> None:
    """Measure everything that is not measured yet and write both files."""
    out = args.out
    make_folder(out)
    warm = [kept(out / f"warm-{name}.json", partial(time_warm_synth, name, out)) for name in WARM]
    area, lut6 = [], []
    for path in networks(args.net):
        name = called(path)
        measure = partial(compare_area, name, path, out / name)
        area.append(kept(out / f"area-{name}.json", measure))
        measure = partial(compare_lut6, name, path, out / name / "lut6")
        lut6.append(kept(out / f"lut6-{name}.json", measure))
    accuracy = [
        kept(out / f"accuracy-{name}.json", partial(measure_accuracy, name))
        for name in CROSS_VALIDATED
    ]
    evaluator = kept(out / "evaluator.json", partial(measure_evaluator, Path("build") / EVALUATED))
    results = environment() | {"area": area, "accuracy": accuracy, "warm": warm}
    results |= {"compilers": by_compilers(args.net, out), "lut6": lut6}
    results["peers"] = [
        kept(out / f"peer-{peer.name}.json", partial(measure_peer, peer, out / peer.name))
        for peer in PEERS
    ]
    results["probes"] = kept(out / "probes.json", measure_probes)
    results["sized"] = kept(out / "sized.json", measure_size)
    scale = [
        kept(out / f"scale-{width}.json", partial(measure_scale, width, out / f"scale-{width}"))
        for width in WIDTHS
    ]
    plot_scale(scale, out / "scale.png")
    ask = kept(out / "ask.json", lambda: measure_ask(made(ASKED)))
    plot_growth(ask["growth"], out / "ask.png")
    results |= {"evaluator": evaluator, "scale": scale, "ask": ask}
    results["asking"] = about_inputs(out)
    results["estimates"] = measure_estimates(shipped_recipes(), out)
    results["speed"], results["sections"] = by_form(out), sections(out)
    results["sharing"] = kept(out / "sharing.json", measure_sharing)
    results |= in_bitstreams(out)
    write_json(out / "bench.json", results)
    write_text(args.table, markdown(results))
    print(markdown(results))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    top.add_argument("--out", type=Path, default=Path("build/bench"), help="folder of the JSON")
    top.add_argument("--table", type=Path, default=Path("BENCHMARKS.md"), help="Markdown to write")
    top.add_argument("--net", type=Path, action="append", default=[], help="another network, .npz")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
