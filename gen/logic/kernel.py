"""The compiled kernel: evaluation and unit propagation, built once by the compiler at hand.

C through ctypes, not a JIT: the README asks for a compiler anyway, the library loads in a
millisecond, prefetches rows of graphs larger than the cache, and measured 2 to 4 times the speed
of the same loop in numba (which is 200 MB and bounds numpy's version). The library is kept in the
user's cache under a name that depends on the source and the processor. Where it cannot be had,
numpy evaluates instead, with the same results. Environment: `SMELT_KERNEL` is `numpy` (never
compile), `c` (an error where the kernel cannot be had) or empty; `CC` is the compiler.
"""

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.console import say
from gen.errors import SmeltError
from gen.files import make_folder
from gen.logic.graph import Graph, GraphError

__all__ = ["MOST_NODES", "VARIABLE", "Kernel", "KernelError", "Plan", "kernel"]

VARIABLE = "SMELT_KERNEL"
SOURCE = Path(__file__).with_name("kernel.c")
# -march=native is not known to every compiler; the second try is slower but the same.
FLAGS = (("-O3", "-march=native"), ("-O3",))
COMPILE_SECONDS = 60

MOST_NODES = 1 << 30
"""Literals on slots are 32 bits wide."""

# Words to a block, and the bytes of all rows up to which they measured best: half of a 1 MiB L2
# cache, then a share of L3. Beyond, short rows asked for ahead are best (7e10 AND x vector / s
# where rows lie in memory, against 3e10 without asking).
BLOCKS = ((32, 1 << 19), (16, 1 << 23))
LEAST_BLOCK = 8
CACHE_BYTES = 1 << 20
# AND x word in one call, so that Ctrl-C waits for a fraction of a second.
CALL_WORK = 1 << 28

_POINTER, _INT = ctypes.c_void_p, ctypes.c_int64
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "smelt_plan": (_INT, [_INT] * 3 + [_POINTER] * 6),
    "smelt_run": (None, [_INT] * 3 + [_POINTER] * 4 + [_INT] * 3 + [_POINTER, _INT, _INT]),
    "smelt_pack": (None, [_INT] * 3 + [_POINTER] * 3),
    "smelt_unpack": (None, [_INT] * 3 + [_POINTER] * 3),
    "smelt_refute": (_INT, [_INT] * 2 + [_POINTER] * 8),
}


class KernelError(SmeltError):
    """The kernel was asked for and cannot be had."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A graph on slots: `steps` int32 (ands, 3), slot and two literals; `ends` int64, literals."""

    inputs: int
    steps: NDArray[np.int32]
    ends: NDArray[np.int64]
    slots: int

    @staticmethod
    def of_all_nodes(graph: Graph) -> "Plan":
        """The plan whose ends are all nodes, a slot each."""
        nodes = np.arange(graph.first_and + graph.n_ands)
        steps = np.column_stack([nodes[graph.first_and :], graph.fan_in]).astype(np.int32)
        return Plan(graph.n_inputs, np.ascontiguousarray(steps), 2 * nodes, len(nodes))

    def block(self) -> int:
        """Words that go through the whole plan together."""
        fitting = (words for words, most in BLOCKS if 8 * words * self.slots <= most)
        return next(fitting, LEAST_BLOCK)


class Kernel:
    """The functions of a compiled `kernel.c`; raises OSError where `path` is no such library."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        try:
            self._plan, self._run, self._pack, self._unpack, self._refute = (
                _declared(library[name], *types) for name, types in _SIGNATURES.items()
            )
        except AttributeError as error:
            raise OSError(str(error)) from None

    def plan(self, graph: Graph) -> Plan:
        """Slots for a graph of fewer than MOST_NODES nodes; takes about 20 ns an AND."""
        steps = np.empty((graph.n_ands, 3), dtype=np.int32)
        ends = np.array(graph.outputs, dtype=np.int64)
        fan_in = np.ascontiguousarray(graph.fan_in, dtype=np.int64)
        rooms = np.empty((3, graph.first_and + graph.n_ands), dtype=np.int32)
        used = self._plan(
            *(graph.first_and, graph.n_ands, len(ends)),
            *(array.ctypes.data for array in (fan_in, ends, steps, *rooms)),
        )
        if used < 0:
            raise GraphError("an AND node reads no earlier literal; a graph must not be changed")
        return Plan(graph.n_inputs, steps, ends, used)

    def run(self, plan: Plan, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Words (ends, width) for input words (inputs, width)."""
        words = np.ascontiguousarray(words, dtype=np.uint64)
        if words.shape[0] != plan.inputs:
            raise GraphError(f"{words.shape[0]} input words for a graph of {plan.inputs} inputs")
        width, block = words.shape[1], plan.block()
        made = np.empty((len(plan.ends), width), dtype=np.uint64)
        rows = _aligned(plan.slots * min(block, 1 << (width - 1).bit_length()) if width else 0)
        far = 8 * block * plan.slots > CACHE_BYTES
        step = max(1, CALL_WORK // (block * (len(plan.steps) + plan.slots))) * block
        for start in range(0, width, step):
            self._run(
                *(plan.inputs, len(plan.steps), len(plan.ends)),
                *(array.ctypes.data for array in (plan.steps, plan.ends, words, made)),
                *(width, start, min(width, start + step), rows.ctypes.data, block, far),
            )
        return made

    def pack(self, bits: NDArray[np.uint8]) -> NDArray[np.uint64]:
        """Bytes (vectors, signals) to words (signals, ceil(vectors / 64)); not 0 counts as 1."""
        bits = np.ascontiguousarray(bits, dtype=np.uint8)
        vectors, signals = bits.shape
        words = np.empty((signals, -(-vectors // 64)), dtype=np.uint64)
        return self._shuffle(self._pack, (vectors, *words.shape), bits, words)

    def unpack(self, words: NDArray[np.uint64], vectors: int) -> NDArray[np.uint8]:
        """The inverse of `pack`; `vectors` is at most 64 to a word."""
        words = np.ascontiguousarray(words, dtype=np.uint64)
        if not 0 <= vectors <= 64 * words.shape[1]:
            raise GraphError(f"{vectors} vectors from words of shape {words.shape}")
        bits = np.empty((vectors, words.shape[0]), dtype=np.uint8)
        return self._shuffle(self._unpack, (vectors, *words.shape), words, bits)

    def refute(self, given: int, literals: Sequence[int], starts: Sequence[int], steps: Any) -> int:
        """Follow a proof by unit propagation. Clause c has the literals (2 * variable + negated)
        from starts[c] to starts[c + 1]; the first `given` are there, `steps` are numbers of
        clauses that follow, or ~ the number of one that is taken away.

        After so many steps the clauses contradict each other; -1: they do not in the end;
        -2 - s: step s does not follow.
        """
        words = np.array(literals, dtype=np.int32)
        ends, order = np.array(starts, dtype=np.int64), np.array(steps, dtype=np.int64)
        count, top = len(ends) - 1, int(words.max(initial=1)) // 2 + 1
        value, gone = np.zeros(2 * top, np.int8), np.zeros(max(count, 1), np.uint8)
        trail, head = np.zeros(top, np.int32), np.full(2 * top, -1, np.int64)
        following = np.full(max(2 * count, 1), -1, np.int64)
        arrays = (words, ends, order, value, trail, head, following, gone)
        return int(self._refute(given, len(order), *(array.ctypes.data for array in arrays)))

    def _shuffle(self, call: Any, shape: tuple[int, ...], given: Any, made: Any) -> Any:
        room = np.empty(8 * shape[1], dtype=np.uint8)
        call(*shape, given.ctypes.data, made.ctypes.data, room.ctypes.data)
        return made


def _declared(function: Any, result: Any, arguments: list[Any]) -> Any:
    function.restype, function.argtypes = result, arguments
    return function


def _aligned(count: int) -> NDArray[np.uint64]:
    """Room for words, from the start of a cache line on."""
    room = np.empty(count + 8, dtype=np.uint64)
    return room[-room.ctypes.data % 64 // 8 :]


def kernel() -> Kernel | None:
    """The kernel, compiled at first need; None where numpy is to evaluate.

    Where it cannot be had one line says so, once. Raises KernelError for another value of
    SMELT_KERNEL, and where that is `c` instead of going on without.
    """
    choice = os.environ.get(VARIABLE, "")
    if choice == "numpy":
        return None
    if choice not in ("", "c"):
        raise KernelError(f"{VARIABLE}={choice}: choose c or numpy, or leave it unset")
    found = _kernel_or_reason()
    if isinstance(found, Kernel):
        return found
    if choice == "c":
        raise KernelError(found)
    _say_once(f"evaluating graphs in numpy, about 20 times slower: {found}")
    return None


_say_once = cache(say)


@cache
def _kernel_or_reason() -> Kernel | str:
    """One line saying why there is no kernel is kept like the kernel: nothing is tried twice."""
    try:
        return _from_cache_or_compiler()
    except KernelError as error:
        return str(error)


def _from_cache_or_compiler() -> Kernel:
    kept = _cache() / f"kernel-{_identity()}.so"
    try:
        return Kernel(kept)
    except OSError:  # absent or damaged
        pass
    try:
        return _compiled(kept.parent, kept)
    except OSError:  # read-only, full, or nothing in it may be executed
        pass
    try:
        return _compiled(Path(tempfile.gettempdir()), None)
    except OSError as error:
        raise KernelError(f"the kernel cannot be written or loaded ({error})") from None


def _cache() -> Path:
    try:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home: no folder can be made here
        base = Path(os.devnull)
    return base / "smelt" / "kernel"


def _identity() -> str:
    """What a compiled kernel depends on: the source, and the processor, for homes on a network."""
    parts = [SOURCE.read_text(encoding="utf-8"), str(FLAGS), platform.platform()]
    processor = Path("/proc/cpuinfo")
    if processor.exists():
        lines = processor.read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        parts += [line for line in lines if line.startswith(("flags", "Features", "model name"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _compiled(folder: Path, kept: Path | None) -> Kernel:
    """Compile in `folder`, load, and move the library to `kept`, whole or not at all."""
    make_folder(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix="smelt-") as inside:
        made = Path(inside) / "kernel.so"
        _compile(made)
        loaded = Kernel(made)
        if kept is not None:
            os.replace(made, kept)
    return loaded


def _compile(made: Path) -> None:
    compiler = os.environ.get("CC") or "cc"
    try:
        words = shlex.split(compiler)
    except ValueError:
        words = []
    if not words or not shutil.which(words[0]):
        raise KernelError(f"no C compiler {compiler!r}; install gcc or clang, or set CC")
    for flags in FLAGS:
        argv = [*words, *flags, "-std=gnu99", "-shared", "-fPIC", "-o", str(made), str(SOURCE)]
        said = _run_compiler(argv)
        if said is None:
            return
    raise KernelError(f"{compiler!r} cannot compile {SOURCE.name} ({said})")


def _run_compiler(argv: list[str]) -> str | None:
    """None, or what the compiler says is wrong."""
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, errors="replace", timeout=COMPILE_SECONDS,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end after {COMPILE_SECONDS} s"
    except OSError as error:
        return str(error)
    if done.returncode == 0:
        return None
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}"
