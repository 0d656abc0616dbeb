"""Which files each step reads and writes: what is checked before it, and recorded after it."""

import argparse
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

from gen.commands.import_net import target
from gen.commands.ip import name_of
from gen.data.snapshot import SNAPSHOT
from gen.ip.names import MANIFEST, check_lut, files, mapped_file
from gen.made import making

__all__ = ["STEPS", "recorded"]


CORE = ("core.v", "core.il", "encoder.json", "encoder.h")
"""Beside core.json."""


class Files(NamedTuple):
    """The file that make knows a step by, names of others that it may write beside it, files that
    it reads, and the arguments that decide what comes out."""

    target: Path
    more: tuple[str, ...] = ()
    reads: tuple[Path | None, ...] = ()
    settings: tuple[str, ...] = ()


def _train(args: argparse.Namespace) -> Files:
    # The recipe's name is the file's stem: RecipeError says what is wrong with it.
    folder = args.out or Path("build") / Path(args.recipe).stem
    return Files(folder / "model.json", ("model.safetensors", SNAPSHOT))


def _freeze(args: argparse.Namespace) -> Files:
    reads = tuple(args.model.with_name(n) for n in (args.model.name, "model.safetensors", SNAPSHOT))
    return Files(args.out or args.model.with_name("net.npz"), (), reads)


def _import(args: argparse.Namespace) -> Files:
    return Files(target(args))


def _vectors(args: argparse.Namespace) -> Files:
    target = args.out or args.net.with_name("vectors.npz")
    return Files(
        target, (), (args.net, args.net.with_name(SNAPSHOT)), ("part", "random", "seed", "outputs")
    )


def _melt(args: argparse.Namespace) -> Files:
    from gen.melt.forms import FILES

    more = (args.out.name, *FILES)
    return Files(args.out.with_suffix(".json"), more, (args.net, args.vectors), ("outputs",))


def _simplify(args: argparse.Namespace) -> Files:
    more = ("sections.aig", "sections.json", "graph.aig", "graph.json")
    reads = (args.melted, args.melted.with_suffix(".json"))
    return Files(args.out / "ledger.json", more, reads, ("budget",))


def _invariant(args: argparse.Namespace) -> Files:
    reads = (args.graph, args.graph.with_suffix(".json"))
    return Files(args.out or args.graph.with_name("invariant.json"), (), reads)


def _map(args: argparse.Namespace) -> Files:
    from gen.map.proofs import SHOWN, other_counts
    from gen.melt.forms import FILES

    beside = ["melted.aig", "sections.aig", "net.npz", *FILES]
    beside += ["invariant.json"] * (args.care is True)
    reads = (args.graph, args.graph.with_suffix(".json"), *map(args.graph.with_name, beside))
    more = ("trusted.json",) * bool(args.trust_data) + (SHOWN[other_counts(args.k)],)
    settings = ("k", "stage_depth", "fmax", "device", "care")
    return Files(args.out, more, (*reads, args.trust_data, args.held_out), settings)


def _hdl(args: argparse.Namespace) -> Files:
    reads = args.mapped, args.mapped.with_name("net.npz")
    return Files(args.out / "core.json", CORE, reads, ("family",))


def _share(args: argparse.Namespace) -> Files:
    settings = ("outputs", "weights")
    return Files(args.out / "core.json", CORE, (args.net,), settings)


def _ip(args: argparse.Namespace) -> Files:
    lut = check_lut(args.lut)
    more = files(name_of(args), lut)
    names = ("net.npz", "vectors.npz", "graph.aig", "graph.json", mapped_file())
    reads = (*names, *([mapped_file(lut)] if lut else []))
    out = args.out or args.build / "ip"
    return Files(out / MANIFEST, more, tuple(args.build / name for name in reads), ("name", "lut"))


STEPS: Mapping[str, Callable[[argparse.Namespace], Files]] = {
    "train": _train,
    "freeze": _freeze,
    "import": _import,
    "vectors": _vectors,
    "melt": _melt,
    "simplify": _simplify,
    "invariant": _invariant,
    "map": _map,
    "hdl": _hdl,
    "share": _share,
    "ip": _ip,
}

Run = Callable[[argparse.Namespace], None]


def recorded(name: str, run: Run) -> Run:
    """`run` of a command, where it is a step: checked and recorded."""
    if name not in STEPS:
        return run

    def checked(args: argparse.Namespace) -> None:
        with _making(name, args):
            run(args)

    return checked


def _making(name: str, args: argparse.Namespace) -> AbstractContextManager[None]:
    files = STEPS[name](args)
    settings: dict[str, Any] = {one: getattr(args, one) for one in files.settings}
    reads = [path for path in files.reads if path is not None]
    return making(name, files.target, reads, files.more, settings)
