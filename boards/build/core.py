"""The core as it comes: core.v and what core.json says of it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boards.table.families import FAMILIES
from gen.errors import SmeltError
from gen.files import FileDamaged, read_json, reading
from gen.forms import CORE
from hw.shape import CoreShape

__all__ = ["CORE_FORMAT", "CoreFile", "DoesNotFit", "is_shared", "load_core"]

CORE_FORMAT = "smelt-core-1"


class DoesNotFit(SmeltError):
    """A design needs more of a device than there is."""


def is_shared(description: dict[str, Any]) -> bool:
    """Whether core.json's value is of a time-shared core."""
    return bool(description.get("form") == "shared")


@dataclass(frozen=True)
class CoreFile:
    """A core: `outputs` are (name, width), the class first; `layers` the names of its parts.

    `live_inputs` are those that something reads, `reset` the one that starts a sequence.
    """

    verilog: Path
    recipe: str
    n_in: int
    outputs: tuple[tuple[str, int], ...]
    score_signed: bool
    latency: int
    family: str
    layers: tuple[str, ...]
    luts: int
    live_inputs: tuple[int, ...]
    reset: int | None
    digest: bytes
    description: dict[str, Any]

    def shape(self, self_test: bool = True) -> CoreShape:
        """The core as the gateware knows it; DoesNotFit where the link cannot carry it."""
        try:
            return CoreShape.of(
                self.n_in,
                self.outputs,
                self.live_inputs,
                self.reset,
                self_test,
                self.interval > 1,
                self.feedback,
            )
        except ValueError as error:
            raise DoesNotFit(f"{self.verilog.with_suffix('.json')}: {error}") from None

    @property
    def feedback(self) -> tuple[int, ...]:
        """The inputs that the class may be fed back to, lowest bit first."""
        return tuple(self.description.get("feedback", ()))

    @property
    def interval(self) -> int:
        """Cycles from one input to the next."""
        return int(self.description.get("interval", 1))


def load_core(verilog: Path) -> CoreFile:
    """Read core.v and the core.json beside it; FileDamaged says what is wrong with either."""
    if not verilog.is_file():
        raise FileDamaged(f"{verilog}: no such file; `python -m gen hdl` makes it")
    path = verilog.with_suffix(".json")
    value = read_json(path, CORE_FORMAT, CORE)
    with reading(path, again="`python -m gen hdl` makes it again"):
        layers = [item["name"] if isinstance(item, dict) else item for item in value["layers"]]
        return CoreFile(
            verilog,
            str(value["recipe"]),
            int(value["inputs"]),
            tuple((str(name), int(width)) for name, width in value["outputs"]),
            bool(value["score_signed"]),
            int(value["latency"]),
            str(value["family"]),
            tuple(re.sub(r"[^0-9A-Za-z]+", "_", str(name)).strip("_") for name in layers),
            _count_luts(verilog, str(value["family"])),
            tuple(int(index) for index in value.get("live_inputs", range(int(value["inputs"])))),
            None if value.get("reset") is None else int(value["reset"]),
            bytes.fromhex(value["digest"]),
            value,
        )


def _count_luts(verilog: Path, family: str) -> int:
    """LUT instances in the text: a lower bound of the cells used, 0 for plain logic."""
    if family not in FAMILIES:
        return 0
    text = verilog.read_text(encoding="utf-8", errors="replace")
    return len(re.findall(rf"\b{FAMILIES[family].lut}\b", text))
