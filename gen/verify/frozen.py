"""Link 1: the trained PyTorch network is the integer network, and that is the melted graph.

Claimed is exactly this. Every module of the trained network gives what its node of the integer
network gives: an activation for every integer that its sum can be, a table at every address, and a
weighted sum, which is exact in float32 and affine, for zero and for each input alone
(`gen.nets.freezing.matched`). And every function between cuts of the melted graph is that of the
integer network, by listing or by proof (`gen.melt.proof.prove`). An imported network has no trained
one: there the claim begins with the integer network. Runs on data and on random vectors are checks
beside that; they can break the link, but do not make it.
"""

import json
import tempfile
from pathlib import Path

from gen.arrays import read_arrays
from gen.data.care import random_bits
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.files import read_json, reading
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.intnet.recorded import check_recorded
from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.melt.melt import MeltError
from gen.melt.proof.check import EACH, check_melted
from gen.melt.proof.recorded import check_vectors
from gen.melt.sidecar import FORMAT
from gen.nets.freezing.freeze import verify
from gen.nets.freezing.matched import match
from gen.nets.freezing.vectors import make_vectors, save_vectors
from gen.nets.store import load_model
from gen.proof.chain import (
    EXHAUSTIVE,
    FAILED,
    IMPORTED,
    IMPORTED_SHARED,
    NOT_RUN,
    SIMULATED,
    Check,
    Found,
    Link,
    timed,
)
from gen.verify.described import frozen_again, melted_described, vectors_again

__all__ = ["check_frozen", "files"]

RANDOM, SEED = 2_000, 1
FILES, MELTED = ("net.npz", "vectors.npz"), ("melted.aig", "melted.json")
TRAINED = ("model.json", "model.safetensors")


def files(build: Path, melted: bool = True) -> list[str]:
    """What the link reads of a recipe's build folder, with the melted graph or without; an imported
    network has no trained one."""
    known = [name for name in TRAINED if (build / name).is_file()]
    return [
        *(known or ([] if _imported(load(build / "net.npz")) else TRAINED)),
        *FILES,
        *(MELTED if melted else ()),
    ]


def check_frozen(build: Path, melted: bool = True) -> Link:
    """Compare model.json and net.npz of a recipe's build folder, and melted.aig where `melted`: a
    time-shared core is made of the network itself.

    Raises FileDamaged for a file that is missing or cut short.
    """
    net = load(build / "net.npz")
    outputs = _outputs(build / "vectors.npz")
    model, imported = (build / "model.json").is_file(), _imported(net)
    again = [timed("net.npz == model.json, frozen", lambda: frozen_again(build, net))]
    checks = [
        *_modules(build, net),
        *(again if model else []),
        timed(
            "recorded answers == integer network"
            if imported
            else "trained network == integer network",
            lambda: _trained(build, net),
            decides=not (model or imported),
        ),
        *(_graph(build, net, outputs) if melted else []),
        timed(
            "vectors.npz is what PyTorch says",
            lambda: vectors_again(build / "vectors.npz", net, outputs),
        ),
    ]
    given = "" if model or not imported else IMPORTED if melted else IMPORTED_SHARED
    return Link(1, "frozen", tuple(checks), shared=not melted, compared=given)


def _graph(build: Path, net: IntNet, outputs: list[str]) -> list[Check]:
    """The checks of melted.aig."""
    sections = read_aiger(build / "melted.aig")
    described = read_json(build / "melted.json", FORMAT)
    return [
        timed(
            "frozen PyTorch == melted graph",
            lambda: _whole_set(net, sections, outputs),
            decides=False,
        ),
        *_melted(net, sections, build / "vectors.npz", outputs),
        timed(
            "melted.json describes the network",
            lambda: melted_described(net, sections, described, outputs),
        ),
    ]


def _imported(net: IntNet) -> bool:
    """Whether a network was not trained here: freezing notes what the quantized one reached."""
    return "quantized" not in (net.meta.get("metrics") or {})


def _of_recipe(build: Path) -> bool:
    """Whether make built this of a recipe, and so from a network that it trained."""
    source = build / "source.json"
    return source.is_file() and read_json(source).get("kind") == "recipe"


def _outputs(path: Path) -> list[str]:
    """The outputs that a build was made for, as its vectors say."""
    file = read_arrays(path)
    with reading(path, "a vectors file"):
        names = json.loads(str(file["meta"]))["outputs"]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise TypeError("outputs are no list of names")
        return names


def _modules(build: Path, net: IntNet) -> list[Check]:
    """Each module of the trained network, where there is one, on all that it can get."""
    if not (build / "model.json").is_file():
        return []
    return [timed("each trained module == its node", lambda: _matched(build, net))]


def _matched(build: Path, net: IntNet) -> Found:
    try:
        found = match(load_model(build / "model.json").network, net)
    except SmeltError as error:
        return Found(FAILED, "every module's function", str(error))
    text = f"{found.listed} of {found.compared} elements on all that they can get"
    if found.left:
        rows = f"{found.rows:,} vectors, {text}"
        return Found(SIMULATED, f"{rows}; not those of {', '.join(found.left)}")
    return Found(EXHAUSTIVE, f"{text}: every integer of a sum, every address, every weight")


def _trained(build: Path, net: IntNet) -> Found:
    """Trained module, frozen module and interpreter, every module's value."""
    try:
        if not (build / "model.json").is_file():
            recorded = check_recorded(net)
            if _of_recipe(build):
                fault = "it is missing, and this build is of a recipe: `make train` makes it"
                return Found(FAILED, "model.json", fault)
            if not _imported(net):
                return Found(NOT_RUN, "model.json", "it is missing: no trained network is here")
            if recorded is None:
                return Found(NOT_RUN, "imported network", "no answers of its model came with it")
            return Found(SIMULATED, recorded)
        model = load_model(build / "model.json")
        bits = model.encoder.encode(load_set(model.recipe.data.name, model.folder).features)
        verify(model.network, net, bits)
        verify(model.network, net, random_bits(model.encoder.n_bits, RANDOM, SEED, None))
    except SmeltError as error:
        return Found(FAILED, "every module's value", str(error))
    return Found(
        SIMULATED, f"{len(bits):,} of the whole data set and {RANDOM:,} random, every module"
    )


def _whole_set(net: IntNet, sections: Graph, outputs: list[str]) -> Found:
    """Both parts of the data set, and random vectors inside the care set."""
    rows = 0
    parts = (
        ("train", "test") if net.meta.get("data") and not net.meta.get("recorded") else ("test",)
    )
    for at, part in enumerate(parts):
        with tempfile.TemporaryDirectory(prefix="smelt-vectors-") as folder:
            path = Path(folder) / "vectors.npz"
            made = make_vectors(net, RANDOM, SEED + 1 + at, outputs, part)
            save_vectors(made, path)
            rows += len(made.inputs)
            try:
                check_vectors(net, sections, path)
            except MeltError as error:
                return Found(FAILED, f"{part} part", str(error))
    known = "whole data set and" if net.meta.get("data") else "recorded and"
    known = known if rows > RANDOM * len(parts) else "all"
    return Found(SIMULATED, f"{rows:,} vectors, {known} random, every output bit")


def _melted(net: IntNet, sections: Graph, vectors: Path, outputs: list[str]) -> list[Check]:
    """The melting step's own checks on the graph as it is now."""
    try:
        rows = check_melted(net, sections, vectors, outputs)
    except MeltError as error:
        return [Check("integer network == melted graph", FAILED, "by neuron", 0.0, str(error))]
    return [_check(str(row["what"]), str(row["how"]), float(row["seconds"])) for row in rows]


def _check(what: str, how: str, seconds: float) -> Check:
    """A row of melting's check: what is about functions between cuts decides."""
    verdict, _, rest = how.partition(" ")
    if not what.startswith(EACH):
        return Check(f"melted: {what}", verdict, f"{rest} vectors", seconds, decides=False)
    return Check(f"melted: {what}", verdict, rest.removeprefix("for "), seconds)
