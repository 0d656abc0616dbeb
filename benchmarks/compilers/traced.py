"""`python -m benchmarks.compilers.traced NET --way WAY --out FILE.v`: a network by one compiler.

alkaid 0.8.2 and da4ml 0.6.0 take a network as numpy code and write Verilog (distributed
arithmetic on adders, with partial sums as tables). What they write is checked against the integer
network on random inputs. da4ml has no argmax: it stops at the scores, so it is flattered. Both are
optional: they are installed by `pip install .[compilers]`.
"""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.console import main
from gen.errors import SmeltError
from gen.files import write_text
from gen.intnet.files import load
from gen.intnet.interpret import interpret
from gen.intnet.network import NEVER, Argmax, IntNet, Levels, Linear, code_range

__all__ = ["WAYS", "BenchmarkError", "compilers_installed", "write_traced"]

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "alkaid": ("alkaid", {}),
    "alkaid, tables of 4 inputs": ("alkaid", {"binary_lut_width": 4}),
    "alkaid, no tables": ("alkaid", {"binary_lut": False}),
    "da4ml, scores only": ("da4ml", {}),
}
CLASSES = {
    "alkaid": ("FVArrayInput", "trace", "RTLModel"),
    "da4ml": ("FixedVariableArrayInput", "comb_trace", "RTLModel"),
}
CHECKED = 1_000


class BenchmarkError(SmeltError):
    """A benchmark cannot be run, or what it measures is not what it should be."""


def compilers_installed() -> bool:
    """Whether all of them can be run."""
    return all(find_spec(package) is not None for package in CLASSES)


def write_traced(net: IntNet, way: str, verilog: Path) -> None:
    """The network by one of WAYS as one Verilog file, its module called `smelted`.

    Raises BenchmarkError where the compiler is missing, is not exact, or the network is not of
    linear layers and levels.
    """
    package, options = WAYS[way]
    array, trace, model = _parts(package)
    x = array((net.n_inputs,), solver_options=options)
    x = x.quantize(int(net.input_signed), net.input_bits - net.input_signed, 0)
    comb = trace(x, _apply(net, x, package == "alkaid"))
    _check(net, comb, package == "alkaid")
    model(comb, prj_name="smelted", path=verilog.with_suffix("")).write()
    texts = [path.read_text() for path in sorted(verilog.with_suffix("").glob("src/**/*.v"))]
    # da4ml's table module, which nothing uses here, asks for a memory file that is not there.
    used = [text for text in texts if "$readmemh" not in text]
    write_text(verilog, "\n".join(used))


def _parts(package: str) -> list[Callable[..., Any]]:
    array, trace, model = CLASSES[package]
    try:
        tracing = import_module(f"{package}.trace")
        return [
            getattr(tracing, array),
            getattr(tracing, trace),
            getattr(import_module(f"{package}.codegen"), model),
        ]
    except ImportError:
        raise BenchmarkError(
            f"{package} is not installed; run `.venv/bin/pip install .[compilers]`"
        ) from None


def _apply(net: IntNet, x: Any, argmax: bool) -> Any:
    """The network as the numpy code that these compilers trace."""
    value = x
    for node in net.nodes:
        if isinstance(node, Linear):
            value = value @ node.weight.T.astype(float) + node.bias.astype(float)
        elif isinstance(node, Levels):
            value = _levels(node, value)
        elif isinstance(node, Argmax):
            value = np.argmax(value) if argmax else value
        else:
            raise BenchmarkError(f"{node.name}: only linear layers and levels are compared")
    return value


def _levels(node: Levels, value: Any) -> Any:
    """Codes as a sum of comparisons, each worth what the code changes by at its edge."""
    if node.codes.shape[1] == 2 and (node.codes == (0, 1)).all():
        return value >= node.edges[:, 0].astype(float)
    steps = np.diff(node.codes.astype(np.int64), axis=1) * (node.edges != NEVER)
    total = node.codes[:, 0].astype(float)
    for at in range(node.edges.shape[1]):
        edges = np.where(steps[:, at] == 0, 0, node.edges[:, at])
        total = total + (value >= edges.astype(float)) * steps[:, at].astype(float)
    return total


def _check(net: IntNet, comb: Any, argmax: bool) -> None:
    low, high = code_range(1, net.input_bits, net.input_signed)
    codes = np.random.default_rng(0).integers(low[0], high[0] + 1, (CHECKED, net.n_inputs))
    wanted: NDArray[np.int64] = interpret(net, codes)["class" if argmax else net.score]
    found = np.asarray(comb.predict(codes.astype(np.float64))).reshape(wanted.shape)
    if not (found == wanted).all():
        raise BenchmarkError(f"{(found != wanted).sum()} of {found.size} answers differ")


def run(args: argparse.Namespace) -> None:
    """Write one network by one compiler."""
    write_traced(load(args.net), args.way, args.out)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.compilers.traced", description=__doc__)
    top.add_argument("net", type=Path, help="integer network, .npz")
    top.add_argument("--way", choices=WAYS, required=True, help="compiler and its settings")
    top.add_argument("--out", type=Path, required=True, help="Verilog to write")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
