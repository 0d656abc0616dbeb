"""`python -m gen compare`: training schedules of one recipe side by side."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gen.commands.sharing import add_sharing
from gen.console import positive
from gen.files import write_bytes, write_text

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = (
        "Train a recipe by several schedules and seeds and compare accuracy, weights, gates and"
        " time. Finished trainings are kept, so an interrupted comparison goes on where it was."
        " The test part of the fixed split is used for reporting alone."
    )
    parser.add_argument("recipe", help="name of a shipped recipe, or a .toml file")
    parser.add_argument(
        "--schedules",
        default="naive,ste,gradual,layerwise",
        help="names, separated by commas (default: %(default)s)",
    )
    parser.add_argument(
        "--budgets",
        help="gate budgets in LUT4, separated by commas, `none` for none (default: the recipe's)",
    )
    parser.add_argument("--seeds", type=positive, default=5, help="trainings each (default: 5)")
    parser.add_argument("--no-gates", action="store_true", help="do not count AND gates")
    parser.add_argument("--map", action="store_true", help="count mapped LUT4 too (slow)")
    parser.add_argument("--out", type=Path, help="folder (default: build/<recipe>/compare)")
    add_sharing(parser)


def run(args: argparse.Namespace) -> None:
    """Train what is not trained yet; write compare.json, compare.txt and compare.png."""
    from gen.compare.variants import CompareError, parse_budgets, parse_schedules, variants
    from gen.nets.recipe import find_recipe

    if args.map and args.no_gates:
        raise CompareError("--map and --no-gates: LUT4 are counted only where gates are")
    recipe = find_recipe(args.recipe)
    kinds = parse_schedules(args.schedules)
    own = recipe.schedule.gate_budget
    budgets = parse_budgets(args.budgets) if args.budgets is not None else [own]
    wanted = list(variants(recipe, kinds, budgets, args.seeds))
    out = args.out or Path("build") / recipe.name / "compare"
    _write(_measure(recipe, wanted, args, out), out)


def _measure(recipe: Any, wanted: list[Any], args: argparse.Namespace, out: Path) -> dict[str, Any]:
    from gen.compare.runs import Kept, fingerprint, versions
    from gen.compare.table import row_of, summarize
    from gen.console import say
    from gen.nets.training.job import data_of

    recipe, data = data_of(recipe)
    wanted = [(variant, seed, replace(one, data=recipe.data)) for variant, seed, one in wanted]
    if len({variant.kind for variant, _, _ in wanted}) > 1 and not _has_stages(recipe, data):
        say(f"{recipe.name}: no layer has weights that are quantized, so all schedules train alike")
    counts = [] if args.no_gates else ["ands", *(["lut4"] if args.map else [])]
    runs: dict[Any, dict[int, dict[str, Any]]] = {variant: {} for variant, _, _ in wanted}
    kept = Kept(out / "runs", data="" if recipe.data.set else fingerprint(data))
    done = _run(kept, wanted, counts, args)
    for number, (variant, seed, figures) in enumerate(done, 1):
        runs[variant][seed] = figures
        gates = "".join(
            f", {figures[key]:,} {name}"
            for key, name in (("ands", "ANDs"), ("lut4", "LUT4"))
            if figures[key] is not None
        )
        say(
            f"{number} of {len(wanted)}: {variant.name}, seed {seed}: {figures['accuracy']:.2%},"
            f" {figures['nonzero']:,} weights{gates}, {figures['seconds']:.1f} s"
        )
    rows = [
        row_of(variant, [found[seed] for seed in sorted(found)]) for variant, found in runs.items()
    ]
    return summarize(recipe.name, data.name, args.seeds, rows, versions())


def _run(
    kept: Any, wanted: list[Any], counts: list[str], args: argparse.Namespace
) -> Iterator[tuple[Any, int, dict[str, Any]]]:
    """Variant, seed and figures of each training, as they are done; each is kept at once."""
    from gen.compare.runs import work
    from gen.executor import as_done, executor

    left = []
    for variant, seed, one in wanted:
        job = kept.job(one, counts)
        if job is None:
            yield variant, seed, kept.found(one)
        else:
            left.append((variant, seed, one, job))
    with executor(args.scheduler, args.processes) as elsewhere:
        for number, done in as_done(elsewhere, work, [job for *_, job in left]):
            variant, seed, one, _ = left[number]
            yield variant, seed, kept.keep(one, done)


def _has_stages(recipe: Any, data: Any) -> bool:
    """Whether the recipe's network has anything that a schedule could quantize at another time."""
    from gen.nets.model import build
    from gen.nets.schedules.plan import stages
    from gen.nets.training.train import encoder_for

    features, labels = data.part(data.train)
    encoder = encoder_for(recipe, features, labels, data.columns)
    return bool(stages(build(recipe, encoder.host.n_bits, len(data.classes))))


def _write(comparison: dict[str, Any], out: Path) -> None:
    from gen.compare.plot import plot_comparison
    from gen.compare.table import format_table
    from gen.files import write_json

    text = format_table(comparison)
    write_bytes(out / "compare.png", plot_comparison(comparison))
    write_text(out / "compare.txt", text + "\n")
    write_json(out / "compare.json", comparison)
    print(text)
