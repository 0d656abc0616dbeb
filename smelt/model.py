"""A build's network in Python: run it, cut it, look at one activation, export its logic."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gen.ask.network.forced import elements_of, run_forced
from gen.ask.network.given import class_names, classes_of, fitting, given_bits, whole_cut
from gen.ask.network.logic import Logic
from gen.ask.network.samples import whole_samples
from gen.ask.questions.unit import Unit as Inner
from gen.ask.search.fates import became
from gen.commands.ask.called import writing
from gen.commands.ask.common import build_folder
from gen.commands.ask.shown import html_table
from gen.data.care import care_clauses
from gen.errors import SmeltError
from gen.logic.exports import export
from smelt.answers import Ask

__all__ = ["Model", "Run", "Unit", "load"]


def load(build: str | Path) -> "Model":
    """The network of a build folder, or of a recipe that was built in `build/`.

    Raises SmeltError where files are missing, damaged, or of different networks.
    """
    return Model(build_folder(str(build)))


class Run:
    """What a network gave for some rows: `classes` by name, and every `values` int64 (n,) by name,
    of activations and outputs."""

    def __init__(self, logic: Logic, values: Mapping[str, NDArray[np.int64]]) -> None:
        self.values, self.classes = dict(values), classes_of(logic, values)
        cut, elements = set(logic.activations), elements_of(logic).items()
        self.activations = {name: self.values[name] for name, bits in elements if bits[0] in cut}

    def __getitem__(self, name: str) -> NDArray[np.int64]:
        if name not in self.values:
            raise SmeltError(f"{name!r} is no value of this run; known: {', '.join(self.values)}")
        return self.values[name]

    def rows(self) -> list[dict[str, Any]]:
        """A dict a row: its class, then every value by name."""
        columns: dict[str, Any] = {} if self.classes is None else {"class name": self.classes}
        columns |= {name: value.tolist() for name, value in self.values.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _repr_html_(self) -> str:
        return html_table(self.rows())


class Unit:
    """One activation: see `gen.ask.questions.unit` for weights, thresholds, formula and reads."""

    def __init__(self, model: "Model", name: str) -> None:
        self._model, self._inner, self.name = model, Inner(model.logic, name), name
        self.weights, self.thresholds = self._inner.weights, self._inner.thresholds
        self.threshold, self.reads = self._inner.threshold, self._inner.reads

    @property
    def formula(self) -> str:
        """Its value, as Python: of codes `x[3] - x[7] >= 2`, else of truth `x[3] & ~x[7]`."""
        return self._inner.formula

    @property
    def truth_table(self) -> list[dict[str, int]]:
        """A dict a row: a value for each of `reads`, and for each of its own bits."""
        names = (*self.reads, *self._inner.bits)
        given, made = self._inner.truth_table
        return [dict(zip(names, row, strict=True)) for row in np.hstack([given, made]).tolist()]

    @cached_property
    def _features(self) -> dict[str, Any]:
        rows = self._model.ask.features(self.name).details["activations"]
        return {
            key: list(dict.fromkeys(n for row in rows for n in row[key]))
            for key in ("features", "classes")
        }

    @property
    def hears(self) -> list[str]:
        """The features (without an encoder, inputs) that it depends on, each shown or proved."""
        return list(self._features["features"])

    @property
    def serves(self) -> list[str]:
        """The scores (without, the classes or outputs) that depend on it, each shown or proved."""
        return list(self._features["classes"])

    @property
    def became(self) -> str:
        """What became of it in the logic of the chip: kept, merged with another, constant, gone."""
        return "; ".join(map(str, became(self._model.logic, self._inner.bits)))

    def __repr__(self) -> str:
        return f"{self.name} = {self.formula or f'a function of {len(self.reads)} bits'}"


class Model:
    """A build's network. `folder` is where it lies, `logic` what questions are asked of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.logic = folder, Logic.load(folder)
        self.net, self.classes = self.logic.net, class_names(self.logic)
        self.inputs = self.logic.inputs
        self.activations = tuple(
            name
            for name, bits in elements_of(self.logic).items()
            if bits[0] in self.logic.activations
        )

    def run(self, x: Any, cut: Mapping[str, int] | None = None, bits: bool | None = None) -> Run:
        """Run rows: a data frame, features (n, F), or input bits (n, inputs); `bits` says which
        where both have one width. `cut` holds activations by name, {"layer1[3]": 0}, and a
        recurrent network takes whole sequences, its names then ending in the step, @0."""
        given = given_bits(self.logic, x, bits)
        logic = fitting(self.logic, given)
        return Run(logic, run_forced(logic, given, whole_cut(logic, cut or {})))

    def data(self, part: str = "test") -> tuple[NDArray[np.uint8], list[str]]:
        """Input bits and class names of the network's own data: "test", the held-out part, or
        "train"; of a recurrent network whole sequences, as `run` takes them."""
        found = whole_samples(self.logic, part) if part in ("test", "train") else None
        if found is None:
            raise SmeltError(f"{self.folder}: the network records no {part} data; give your own")
        return found.bits, [self.classes[label] for label in found.labels.tolist()]

    def means(self, name: str) -> str:
        """What an input's name means, "petal width >= 1.75" of x[3]; "" where nothing is known."""
        return self.logic.meanings.get(name, "")

    def __getitem__(self, name: str) -> Unit:
        return Unit(self, str(name))

    @property
    def ask(self) -> Ask:
        """Questions with proofs: `dir(m.ask)` names them."""
        return Ask(self)

    def export(self, form: str, path: str | Path) -> None:
        """Write the flat logic as "smt2", "btor2", "aag", "blif", "verilog" or "dot"."""
        care = care_clauses(self.logic.care) if self.logic.care else []
        name = self.net.meta.get("name") or self.folder.name
        with writing(path):
            export(self.logic.flat, form, path, self.logic.registers, care, str(name))

    def __fspath__(self) -> str:
        return str(self.folder)

    def __repr__(self) -> str:
        return (
            f"<{self.folder}: {len(self.inputs)} input bits, {len(self.activations)} activations,"
            f" {self.logic.flat.n_ands} ANDs, classes {', '.join(self.classes) or '(none)'}>"
        )
