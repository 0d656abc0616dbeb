"""Predict with a network's logic: what the FPGA would answer, from Python.

A build folder's `graph.aig`, its sidecar `graph.json` and `net.npz` are all that is read; no weight
is multiplied. A recurrent network answers whole sequences, after their last step. When loaded, the
graph is compared with the integer network on random vectors inside the care set, so files of two
different networks are refused and not mixed.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.data.care import random_bits
from gen.data.encode import Encoder, EncoderError, encoder_from_dict
from gen.errors import SmeltError
from gen.files import DAMAGE, FileDamaged, read_json
from gen.intnet.files import load
from gen.intnet.interpret import bits_to_codes, run_steps
from gen.intnet.network import IntNet
from gen.logic.aiger import read_aiger
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.machine import RESET
from gen.melt.melt import registers
from gen.melt.sidecar import FORMAT
from gen.melt.values import bit_names

__all__ = ["PredictError", "Prediction", "Predictor", "decode"]

PROBES = 256


class PredictError(SmeltError):
    """The files of a folder do not belong together, or what is asked cannot be answered."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """Classes int64 (n,), and scores int64 (n, classes) where the graph gives them."""

    classes: NDArray[np.int64]
    scores: NDArray[np.int64] | None


def decode(
    bits: NDArray[np.uint8], class_width: int, score_width: int, scores: bool = True
) -> Prediction:
    """The meaning of a graph's output bits (n, outputs).

    First the class index, `class_width` bits, lowest first; then, where `score_width` is not 0,
    each class's score in that many bits of two's complement. `scores` false leaves them out.
    """
    classes = bits_to_codes(bits[:, :class_width], class_width)[:, 0]
    if not score_width or not scores:
        return Prediction(classes, None)
    return Prediction(classes, bits_to_codes(bits[:, class_width:], score_width, signed=True))


@dataclass(frozen=True, eq=False)
class Predictor:
    """A flat graph with the integer network that it was melted from.

    `encoder` turns features into input bits, None for a network imported without one;
    `score_width` is 0 where the graph answers the class only. A recurrent network's graph is its
    step; `states` are its registers, the last inputs and outputs.
    """

    graph: Graph
    net: IntNet
    encoder: Encoder | None
    score_width: int
    states: int = 0

    @staticmethod
    def load(folder: Path | str) -> "Predictor":
        """Read a build folder.

        Raises FileDamaged, NetError or EncoderError where a file is missing or damaged, and
        PredictError where the files are not of one network.
        """
        folder = Path(folder)
        graph = read_aiger(folder / "graph.aig")
        sidecar = read_json(folder / "graph.json", FORMAT)
        net = load(folder / "net.npz")
        if net.decision is None:
            raise PredictError(
                f"{folder / 'net.npz'}: the network decides for no class (it has no argmax);"
                " classes are predicted"
            )
        width = _score_width(folder / "graph.json", sidecar, graph, net)
        found = Predictor(graph, net, _encoder(folder, net), width, len(registers(net)))
        found._check_names(folder)
        found._check_answers(folder)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each class; its number where none are recorded."""
        given, count = self.net.meta.get("classes"), self.net.n_classes
        if not isinstance(given, list) or len(given) != count:
            given = list(range(count))
        return tuple(str(name) for name in given)

    def classes(self, features: NDArray[np.generic]) -> NDArray[np.int64]:
        """Class indices int64 (n,) of features (n, F), as they are before any encoding.

        Raises EncoderError for another number of features or one that is not a number.
        """
        return self._decoded(self.encode(features), scores=False).classes

    def scores(self, features: NDArray[np.generic]) -> NDArray[np.int64]:
        """Scores int64 (n, classes) of features (n, F); raises PredictError where none are given.

        The class is the first of the highest, or the last where the network's argmax says so.
        """
        if not self.score_width:
            raise PredictError(
                "the graph answers the class only; build it with OUTPUTS=class,score for scores"
            )
        scores = self._decoded(self.encode(features)).scores
        assert scores is not None
        return scores

    def encode(self, features: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Input bits uint8 (n, bits) of features (n, F), by the recorded encoder.

        Raises PredictError where there is none, or features are no numbers; EncoderError for
        another width and for NaN. Infinite features are above or below all thresholds.
        """
        if self.encoder is None:
            raise PredictError(
                "the network was imported without an encoder: it takes input bits, not features"
            )
        try:
            numbers = np.asarray(features, np.float64)
        except (TypeError, ValueError) as error:
            raise PredictError(f"features are not a table of numbers ({error})") from None
        return self.encoder.encode(numbers)

    def from_bits(self, bits: NDArray[Any]) -> Prediction:
        """Classes and scores for input bits (n, inputs), each 0 or 1.

        Bit order is the network's: element after element, each one's lowest bit first. Those of a
        recurrent network are of any number of steps, one after the other. Raises PredictError for
        another shape or another value.
        """
        bits, width = np.asarray(bits), self.net.n_inputs * self.net.input_bits
        fits = bits.ndim == 2 and bits.shape[1] > 0
        if not fits or bits.shape[1] % width or (bits.shape[1] > width and not self.states):
            each = f"(n, steps * {width})" if self.states else f"(n, {width})"
            raise PredictError(f"input bits of shape {bits.shape}: the network takes {each}")
        wrong = bits > 1 if bits.dtype == np.uint8 else (bits != 0) & (bits != 1)
        if wrong.any():
            row, column = np.argwhere(wrong)[0].tolist()
            raise PredictError(
                f"bit {column} of row {row} is {bits[row, column]}, not 0 or 1; raw features are"
                " encoded first"
            )
        return self._decoded(bits)

    def _decoded(self, bits: NDArray[np.generic], scores: bool = True) -> Prediction:
        made = self._last_answer(bits) if self.states else evaluate(self.graph, bits)
        return decode(made, self.net.class_width, self.score_width, scores)

    def _last_answer(self, bits: NDArray[np.generic]) -> NDArray[np.uint8]:
        """Output bits after the last step of sequences (n, steps * inputs)."""
        width = self.net.n_inputs * self.net.input_bits
        held = np.zeros((len(bits), self.states), np.uint8)
        answer = held
        for start in range(0, bits.shape[1], width):
            reset = np.full((len(bits), 1), start == 0, np.uint8)
            given = np.concatenate([bits[:, start : start + width], reset, held], axis=1)
            answer = evaluate(self.graph, given)
            held = answer[:, -self.states :]
        return answer[:, : -self.states]

    def _check_names(self, folder: Path) -> None:
        net, graph = self.net, self.graph
        outputs = [f"class.{k}" for k in range(net.class_width)]
        for c in range(net.n_classes if self.score_width else 0):
            outputs += [f"score[{c}].{k}" for k in range(net.score_width)]
        inputs = sum(bit_names("x", net.n_inputs, net.input_bits), [])
        if net.states:
            inputs += [RESET, *(one.name for one in registers(net))]
            outputs += [one.next for one in registers(net)]
        for kind, wanted, got in (
            ("inputs", inputs, graph.input_names),
            ("outputs", outputs, graph.output_names),
        ):
            if list(got) != wanted:
                raise _mixed(folder, f"the network has {len(wanted)} {kind}, the graph {len(got)}")
        if self.score_width not in (0, net.score_width):
            raise PredictError(
                f"{folder / 'graph.json'}: scores of {self.score_width} bits, the network's have"
                f" {net.score_width}; run `make simplify` again"
            )

    def _check_answers(self, folder: Path) -> None:
        """Compare with the integer network on random vectors: equal shapes are not enough."""
        steps, width = _steps(self.net), self.net.n_inputs * self.net.input_bits
        rows = _probes(width, PROBES * steps, self.net.meta.get("care"), folder / "net.npz")
        codes = bits_to_codes(rows, self.net.input_bits, self.net.input_signed)
        by_step = codes.reshape(PROBES, steps, -1).transpose(1, 0, 2)
        values = run_steps(self.net, by_step)[-1]
        found = self._decoded(rows.reshape(PROBES, -1))
        assert self.net.decision is not None
        same = found.classes == values[self.net.decision.name]
        if found.scores is not None:
            same &= (found.scores == values[self.net.score]).all(axis=1)
        if not same.all():
            raise _mixed(folder, f"they differ on {(~same).sum()} of {PROBES} random inputs")


def _mixed(folder: Path, how: str) -> PredictError:
    return PredictError(
        f"{folder}: graph.aig and net.npz are of different networks ({how});"
        " run `make simplify` again"
    )


def _steps(net: IntNet) -> int:
    """How many steps a sample of the network's data has."""
    return int(net.meta.get("steps", 1)) if net.states else 1


def _score_width(path: Path, sidecar: dict[str, Any], graph: Graph, net: IntNet) -> int:
    """The sidecar's score width, after comparing the sidecar with the graph."""
    try:
        names = tuple(sidecar["inputs"]), tuple(sidecar["outputs"])
        width, held = int(sidecar["score_width"]), [tuple(one) for one in sidecar["registers"]]
    except DAMAGE as error:
        raise FileDamaged(f"{path}: lacks or mistypes {error}; run `make simplify` again") from None
    if held != [tuple(one) for one in registers(net)]:
        raise PredictError(
            f"{path}: {len(held)} registers, which are not the network's {len(registers(net))};"
            " run `make simplify` again"
        )
    if names != (graph.input_names, graph.output_names):
        raise PredictError(
            f"{path}: names other inputs or outputs than graph.aig; run `make simplify` again"
        )
    return width


def _encoder(folder: Path, net: IntNet) -> Encoder | None:
    described = net.meta.get("encoder")
    if not described:
        return None
    try:
        encoder = encoder_from_dict(described)
    except EncoderError as error:
        raise EncoderError(f"{folder / 'net.npz'}: {error}") from None
    wanted = net.n_inputs * net.input_bits * _steps(net)
    if encoder.n_bits != wanted:
        raise PredictError(
            f"{folder / 'net.npz'}: the encoder gives {encoder.n_bits} bits, the network takes"
            f" {wanted}"
        )
    return encoder


def _probes(n_bits: int, count: int, care: Any, path: Path) -> NDArray[np.uint8]:
    """Random input bits inside the care set."""
    try:
        return random_bits(n_bits, count, 0, care)
    except DAMAGE as error:
        raise FileDamaged(f"{path}: its care set is damaged ({error}); make it again") from None
