"""Link 1: the frozen PyTorch network is the integer network, and that is the melted graph."""

import json
import tempfile
from pathlib import Path

import numpy as np

from gen.arrays import ARCHIVE_ERRORS
from gen.data.care import random_bits
from gen.data.sets import load_set
from gen.errors import SmeltError
from gen.files import FileDamaged, read_json
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.intnet.recorded import check_recorded
from gen.logic.aiger import read_aiger
from gen.logic.graph import Graph
from gen.melt.check import check_melted
from gen.melt.melt import MeltError
from gen.melt.recorded import check_vectors
from gen.melt.sidecar import FORMAT
from gen.nets.freeze import verify
from gen.nets.store import load_model
from gen.nets.vectors import make_vectors, save_vectors
from gen.proof.chain import EXHAUSTIVE, FAILED, NOT_RUN, SIMULATED, Check, Found, Link, timed
from gen.verify.described import frozen_again, melted_described, vectors_again

__all__ = ["check_frozen", "files"]

RANDOM, SEED = 2_000, 1
FILES = ("net.npz", "vectors.npz", "melted.aig", "melted.json")
TRAINED = ("model.json", "model.safetensors")


def files(build: Path) -> list[str]:
    """What the link reads of a recipe's build folder; an imported network has no trained one."""
    known = [name for name in TRAINED if (build / name).is_file()]
    return [*(known or ([] if _imported(load(build / "net.npz")) else TRAINED)), *FILES]


def check_frozen(build: Path) -> Link:
    """Compare model.json, net.npz and melted.aig of a recipe's build folder.

    Raises FileDamaged for a file that is missing or cut short.
    """
    net = load(build / "net.npz")
    sections = read_aiger(build / "melted.aig")
    outputs = _outputs(build / "vectors.npz")
    model, described = (build / "model.json").is_file(), read_json(build / "melted.json", FORMAT)
    known = model or not _imported(net) or bool(net.meta.get("recorded"))
    checks = [
        timed("trained network == integer network", lambda: _trained(build, net), decides=known),
        *(
            [timed("net.npz == model.json, frozen", lambda: frozen_again(build, net))]
            if model
            else []
        ),
        timed("frozen PyTorch == melted graph", lambda: _whole_set(net, sections, outputs)),
        timed(
            "melted.json describes the network",
            lambda: melted_described(net, sections, described, outputs),
        ),
        timed(
            "vectors.npz is what PyTorch says",
            lambda: vectors_again(build / "vectors.npz", net, outputs),
        ),
        *_melted(net, sections, build / "vectors.npz", outputs),
    ]
    return Link(1, "frozen", tuple(checks))


def _imported(net: IntNet) -> bool:
    """Whether a network was never trained here: it does not say how well it did."""
    return "metrics" not in net.meta


def _outputs(path: Path) -> list[str]:
    """The outputs that a build was made for, as its vectors say."""
    try:
        with np.load(path, allow_pickle=False) as file:
            names: list[str] = json.loads(str(file["meta"]))["outputs"]
    except ARCHIVE_ERRORS as error:
        raise FileDamaged(f"{path}: not a vectors file ({error}); make it again") from None
    return names


def _trained(build: Path, net: IntNet) -> Found:
    """Trained module, frozen module and interpreter, every module's value."""
    try:
        if not (build / "model.json").is_file():
            recorded = check_recorded(net)
            if recorded is None and not _imported(net):
                return Found(
                    NOT_RUN, "model.json", "it is missing: the trained network is not here"
                )
            if recorded is None:
                return Found(NOT_RUN, "imported network", "it records no scores of a trained one")
            return Found(SIMULATED, f"imported network: {recorded}")
        model = load_model(build / "model.json")
        bits = model.encoder.encode(load_set(model.recipe.data.set).features)
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
    return Found(SIMULATED, f"{rows:,} vectors, whole data set and random, every output bit")


def _melted(net: IntNet, sections: Graph, vectors: Path, outputs: list[str]) -> list[Check]:
    """The melting step's own checks on the graph as it is now."""
    try:
        rows = check_melted(net, sections, vectors, outputs)
    except MeltError as error:
        return [Check("integer network == melted graph", FAILED, "by neuron", 0.0, str(error))]
    found = []
    for row in rows:
        how, _, rest = str(row["how"]).partition(" ")
        method = f"{rest.removeprefix('for ')} vectors" if how == SIMULATED else rest
        listed = how == EXHAUSTIVE and _all_listed(rest)
        # Functions that are too wide to list are in the random check of all of them.
        verdict = EXHAUSTIVE if listed else SIMULATED
        text = method if listed or how != EXHAUSTIVE else f"exhaustive {rest}"
        found.append(Check(f"melted: {row['what']}", verdict, text, row["seconds"]))
    return found


def _all_listed(text: str) -> bool:
    """Whether "for 64 of 64 neurons" says all."""
    words = text.split()
    return len(words) >= 4 and words[1] == words[3]
