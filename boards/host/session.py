"""What a host does with a board that a build belongs to: each action returns a JSON-able value."""

import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from boards.build.core import CoreFile, load_core
from boards.host.client import DIGITS, Device, HostError, Identity, Request, open_port
from boards.host.expected import predict_signature, predict_written, read_steps
from boards.host.picture import read_picture
from boards.host.rows import RESTART, not_valid, row_requests
from gen.arrays import read_arrays
from gen.console import progress, say
from gen.data.own.rows import read_rows
from gen.files import read_json, reading
from gen.intnet.files import load
from gen.map.proofs import restriction
from hw.signature import generator

__all__ = ["AnswersDiffer", "SelfTestFailed", "Session", "shown"]

# Clock cycles of a throughput run, at most: a second or two on a board.
MOST_CYCLES = 1 << 25
# Unasked, a self-test is of up to 16^4 vectors, which the host predicts in a second, and no run
# takes more seconds than this: a virtual board needs hours for what a chip does in one.
USUAL_LOG16 = 4
LONGEST = 2.0


class AnswersDiffer(HostError):
    """The chip's answers to the test set are not PyTorch's."""


class SelfTestFailed(HostError):
    """The chip computes something else than its logic."""


class Session:
    """A device, and the build folder that its design was made in.

    `folder` holds the core; a core of another family or form lies in a folder of its own, and what
    is common to them, test set and network, in the one above.
    """

    def __init__(self, folder: Path, core: CoreFile, device: Device, identity: Identity) -> None:
        self.core, self.device, self.identity = core, device, identity
        self.folder = folder if (folder / "vectors.npz").is_file() else folder.parent
        self.shape = device.shape
        expected = core.digest.hex()[:DIGITS]
        if identity.digest != expected:
            raise HostError(
                f"the board holds another network (digest {identity.digest}, {folder} is"
                f" {expected}): program it with this build, or give the other --build"
            )
        self.interval = core.interval
        if self.interval > 1:
            device.at_work = -(-self._link_cycles() // (10 * max(identity.divisor, 1)))

    @classmethod
    def open(cls, folder: Path, port: str | None, baud: int, timeout: float) -> "Session":
        """Raises HostError where no board answers or it holds another network, FileDamaged."""
        core = load_core(folder / "core.v")
        line = open_port(port, baud)
        identity = Device(line, core.shape(), timeout).identify()
        device = Device(line, core.shape(identity.self_test), timeout)
        return cls(folder, core, device, identity)

    def _link_cycles(self) -> int:
        """What a vector takes the core, in cycles of the link's clock: measured where it has its
        own clock, which without a self-test is taken to be no slower."""
        if self.identity.own_clock and self.identity.self_test:
            return self.device.self_test(self._first(1), 0).ticks or self.interval
        return self.interval

    def describe(self) -> dict[str, Any]:
        """What the board says of itself."""
        return {"recipe": self.core.recipe, **asdict(self.identity)}

    def classify(self, row: int | None, picture: Path | None, invert: bool) -> dict[str, Any]:
        """The class and scores of a test row, or of a picture."""
        names = self._class_names()
        if picture is not None:
            x = read_picture(picture, load(self.folder / "net.npz"), invert)
            return self._named(self.device.infer(x), names)
        vectors = _Vectors(self.folder)
        requests, _, label = vectors.sequence(row or 0, self.core.reset)
        y = list(self.device.stream(requests))[-1]
        return {"row": row, "label": _name(label, names), **self._named(y, names)}

    def classify_rows(self, path: Path, unseen: bool) -> dict[str, Any]:
        """The class and scores of every row of a file like the one that was trained on; where it
        has labels, how many are right."""
        net = load(self.folder / "net.npz")
        rows = read_rows(path, net.meta, unseen)
        requests = row_requests(net, rows.features, path)
        self._warn(requests)
        y = list(progress(self.device.stream(requests), len(rows.features), "classify"))
        names = self._class_names()
        answers = [self._named(one, names) for one in y]
        right = rows.right([one["class"] for one in answers])
        value = {what: [one[what] for one in answers] for what in (answers[0] if answers else ())}
        labelled = {} if right is None else {"right": right}
        return {"rows": len(answers), **value, **labelled, "names": names}

    def _warn(self, requests: Sequence[Request]) -> None:
        """Say how many inputs the core need not answer as the network does."""
        mapped = self.folder / "mapped.json"
        if self.interval > 1 or not mapped.is_file() or not restriction(mapped):
            return
        wrong = not_valid(requests, read_json(mapped).get("care"))
        if wrong:
            say(
                f"warning: {wrong} of {len(requests)} inputs are not valid; the logic is proved on"
                f" valid inputs only ({restriction(mapped)}), and may answer anything to them"
            )

    def accuracy(self, limit: int | None) -> dict[str, Any]:
        """Right classes and answers equal to PyTorch's, bit for bit, over the test set."""
        vectors = _Vectors(self.folder)
        count = min((limit or vectors.n_test) * vectors.steps, vectors.n_test)
        if not count:
            raise HostError(f"{self.folder / 'vectors.npz'}: holds no test set")
        requests = vectors.requests(count, self.core.reset)
        start = time.monotonic()
        answers = list(progress(self.device.stream(requests), count, "accuracy"))
        seconds = time.monotonic() - start
        mask = (1 << self.shape.class_bits) - 1
        judged = [row for row in range(count) if vectors.labels[row] >= 0]
        right = sum((answers[row] & mask) == vectors.labels[row] for row in judged)
        equal = sum(y == expected for y, expected in zip(answers, vectors.outputs, strict=False))
        return {
            "rows": count,
            "right": right,
            "accuracy": right / max(len(judged), 1),
            "equal_to_pytorch": equal,
            "rows_per_second": round(count / seconds, 1),
        }

    def self_test(self, log16: int | None, seed: int) -> dict[str, Any]:
        """Compare signatures after 16^log16 vectors; raises SelfTestFailed where they differ.

        Without a number, as many as the device does in a second or two, up to 65,536.
        """
        self._needs_self_test()
        first = self._first(seed)
        log16 = self._affordable(first, USUAL_LOG16) if log16 is None else log16
        count = 16**log16
        tested = self.device.self_test(first, log16, self._seconds(count))
        steps = read_steps(self.folder, self.core)
        expected = predict_signature(steps, self.shape, first, count)
        width = 2 * self.shape.signature_bytes
        if tested.signature != expected:
            raise SelfTestFailed(
                f"after {count} vectors the chip's signature is {tested.signature:0{width}x},"
                f" its logic's is {expected:0{width}x}: the chip computes wrong; try a slower clock"
            )
        return {
            "vectors": count,
            "signature": f"{expected:0{width}x}",
            "result": "equal to the evaluator's",
            **self._rate(count, tested.ticks),
        }

    def generate(self, start: str, steps: int) -> dict[str, Any]:
        """What the chip writes by itself after `start`, a text of classes' names.

        The symbol that follows the start is the answer to it; `steps` more are made without the
        host. Raises SelfTestFailed where they are not what the logic writes.
        """
        net = load(self.folder / "net.npz")
        names, edge = self._class_names(), net.meta.get("boundary")
        if not self.shape.feedback or not self.identity.generates:
            raise HostError(
                f"{self.core.recipe} cannot generate: nothing says that its class is what its next"
                " step reads (`feedback` in core.json); a recurrent network on symbols can"
            )
        prefix = [*([] if edge is None else [edge]), *_symbols(start, names)]
        if not prefix:
            raise HostError("generate needs a --start: this network has no symbol to begin with")
        mask = (1 << self.shape.class_bits) - 1
        requests = [Request(self.shape.symbol(one), at == 0) for at, one in enumerate(prefix)]
        made = [byte & mask for byte in self.device.generate(requests, steps)]
        logic = predict_written(read_steps(self.folder, self.core), self.shape, prefix, steps)
        if made != [y & mask for y in logic]:
            shown = [_spelt([y & mask for y in logic], names), _spelt(made, names)]
            raise SelfTestFailed(
                f"after {start!r} the logic writes {shown[0]!r}, the chip wrote {shown[1]!r}: the"
                " chip computes wrong; try a slower clock"
            )
        end = made.index(edge) if edge in made else len(made)
        return {
            "text": start + _spelt(made[:end], names),
            "symbols": _spelt(made, names),
            "result": "equal to the evaluator's",
        }

    def throughput(self, log16: int | None) -> dict[str, Any]:
        """Vectors per second of the core, counted on the chip and seen from here, and of the link.

        From here it is the time of 16^log16 vectors less that of one, so that the line drops out.
        Without a number, so many that the device takes a second or two.
        """
        self._needs_self_test()
        first = self._first(1)
        if log16 is None:
            most = max(1, int(math.log(MOST_CYCLES // self.interval, 16)))
            log16 = self._affordable(first, most)
        vectors = 16**log16
        short = self.device.self_test(first, 0)
        tested = self.device.self_test(first, log16, self._seconds(vectors))
        rest = max(tested.seconds - short.seconds, 1e-9)
        requests = [Request(0, index % RESTART == 0) for index in range(200)]
        start = time.monotonic()
        count = len(list(progress(self.device.stream(requests), 200, "link")))
        return {
            "vectors": vectors,
            **self._rate(vectors, tested.ticks),
            "core_vectors_per_second_by_this_clock": round((vectors - 1) / rest),
            "link_vectors_per_second": round(count / (time.monotonic() - start), 1),
        }

    def _affordable(self, first: int, most: int) -> int:
        """The largest number up to `most` of which 16^number vectors take up to LONGEST here."""
        for log16 in range(most):
            tested = self.device.self_test(first, log16, self._seconds(16**log16))
            if 16 * tested.seconds > LONGEST:
                return log16
        return most

    def _rate(self, vectors: int, ticks: int | None) -> dict[str, Any]:
        clock = 1000 * self.identity.clock_khz
        taken = vectors * self.interval if ticks is None else ticks
        return {
            "link_clock_cycles": taken,
            "core_vectors_per_second": round(vectors * clock / max(taken, 1)),
        }

    def _seconds(self, vectors: int) -> float:
        """A generous bound for the chip; a slow simulation needs a longer --timeout."""
        return 10 * vectors * self.interval / (1000 * max(self.identity.clock_khz, 1))

    def _needs_self_test(self) -> None:
        if not self.identity.self_test:
            raise HostError("this design was built without a self-test (--no-self-test)")

    def _first(self, seed: int) -> int:
        """A first frame; the generator's bits must not all be 0."""
        width = 8 * self.shape.payload_bytes
        length, _ = generator(width)
        frame = random.Random(seed).getrandbits(width) >> self.shape.spare << self.shape.spare
        return frame | 1 << (width - length + self.shape.spare) | 1 << (width - 1)

    def _class_names(self) -> list[str]:
        path = self.folder / "net.npz"
        return [str(name) for name in load(path).meta.get("classes") or []]

    def _named(self, y: int, names: list[str]) -> dict[str, Any]:
        values = {}
        for index, (name, width) in enumerate(self.core.outputs):
            value = y & ((1 << width) - 1)
            y >>= width
            negative = index and self.core.score_signed and value >> (width - 1)
            values[name] = value - (1 << width) if negative else value
        first, *scores = values.values()
        return {"class": _name(first, names)} | ({"scores": scores} if scores else {})


class _Vectors:
    """The test rows of vectors.npz as numbers; a sequence's steps follow each other."""

    def __init__(self, folder: Path) -> None:
        path = folder / "vectors.npz"
        file = read_arrays(path)
        with reading(path, "a vectors file", "`python -m gen vectors` makes it again"):
            self.n_test = int(file["n_test"])
            self.steps = int(file["steps"]) if "steps" in file else 1
            self.labels = file["labels"].reshape(-1).astype(np.int64).tolist()
            rows = max(self.n_test, 1)
            inputs, outputs = file["inputs"][:rows], file["outputs"][:rows]
            if self.steps < 1 or min(len(self.labels), len(inputs), len(outputs)) < self.n_test:
                raise ValueError(f"{self.n_test} rows in {self.steps} steps")
        self.inputs = [int.from_bytes(row.tobytes(), "little") for row in inputs]
        self.outputs = [int.from_bytes(row.tobytes(), "little") for row in outputs]

    def requests(self, count: int, reset: int | None) -> list[Request]:
        """Rows 0..count-1, each answered."""
        return [Request(x, self._first(row, reset)) for row, x in enumerate(self.inputs[:count])]

    def sequence(self, index: int, reset: int | None) -> tuple[list[Request], int, int]:
        """The steps of a sequence, of which the last is answered; its last row and label."""
        sequences = self.n_test // self.steps
        if not 0 <= index < sequences:
            raise HostError(f"row {index}: the test set has rows 0 to {sequences - 1}")
        start, last = index * self.steps, (index + 1) * self.steps - 1
        requests = [
            Request(self.inputs[row], row == start, row != last) for row in range(start, last + 1)
        ]
        return requests, last, self.labels[last]

    def _first(self, row: int, reset: int | None) -> bool:
        return row % RESTART == 0 if reset is None else bool(self.inputs[row] >> reset & 1)


def _symbols(text: str, names: list[str]) -> list[int]:
    """The classes that a text names, a letter each; raises HostError."""
    for letter in text:
        if letter not in names:
            raise HostError(f"start {text!r}: {letter!r} is no class; there are {' '.join(names)}")
    return [names.index(letter) for letter in text]


def _spelt(symbols: list[int], names: list[str]) -> str:
    return "".join(_name(one, names) for one in symbols)


def _name(index: int, names: list[str]) -> str:
    return names[index] if 0 <= index < len(names) else str(index)


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if type(value) is int else str(value)
