"""What core.json says: the core's ports, and what its output bits mean."""

from dataclasses import dataclass
from pathlib import Path

from gen.files import FileDamaged, read_json, reading
from gen.forms import CORE
from hw.shape import CoreShape

__all__ = ["CORE_FORMAT", "Core", "load_core"]

CORE_FORMAT = "smelt-core-1"


@dataclass(frozen=True)
class Core:
    """A core as its description gives it; `outputs` are (name, width) in the order of y's bits.

    `interval` is the cycles from one input to the next: more than 1 where neurons share an adder.
    `shape` is the core as the gateware knows it.
    """

    verilog: Path
    family: str
    latency: int
    n_in: int
    outputs: tuple[tuple[str, int], ...]
    score_signed: bool
    live_cells: int | None
    shape: CoreShape
    digest: bytes
    interval: int = 1

    @property
    def n_out(self) -> int:
        """Output bits."""
        return sum(width for _, width in self.outputs)

    def decode(self, y: int) -> dict[str, int]:
        """Output bits as numbers by name; everything but the first output is a score."""
        values = {}
        for index, (name, width) in enumerate(self.outputs):
            value = y & ((1 << width) - 1)
            y >>= width
            negative = index > 0 and self.score_signed and value >> (width - 1)
            values[name] = value - (1 << width) if negative else value
        return values


def load_core(path: Path) -> Core:
    """Read core.json; the Verilog is core.v beside it. Raises FileDamaged."""
    value = read_json(path, CORE_FORMAT, CORE)
    verilog = path.with_suffix(".v")
    if not verilog.is_file():
        raise FileDamaged(f"{verilog}: no such file; `python -m gen hdl` makes it")
    with reading(path, "a core's description", "`python -m gen hdl` makes it again"):
        outputs = tuple((str(name), int(width)) for name, width in value["outputs"])
        cells, n_in = value.get("live_cells"), int(value["inputs"])
        live = value.get("live_inputs", range(n_in))
        interval = int(value.get("interval", 1))
        return Core(
            verilog,
            str(value["family"]),
            int(value["latency"]),
            n_in,
            outputs,
            bool(value["score_signed"]),
            None if cells is None else int(cells),
            CoreShape.of(
                n_in,
                outputs,
                live,
                value.get("reset"),
                paced=interval > 1,
                feedback=value.get("feedback", ()),
            ),
            bytes.fromhex(value["digest"]),
            interval,
        )
