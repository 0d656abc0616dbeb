"""From a clock to a stage depth: what a LUT between two registers takes on each device.

A path of n LUTs between registers takes at most about `fixed + n * level` nanoseconds. The lines
lie just above what was measured of a digits core alone at stages of 1 to 22 LUTs (`make speed`), so
a wide core or one of long wires may take longer: whether a build meets its clock is decided by
nextpnr, never here.
"""

from dataclasses import dataclass

from gen.map.pipeline import PipelineError

__all__ = ["SPEEDS", "Speed", "depth_for"]


@dataclass(frozen=True)
class Speed:
    """Nanoseconds of clock-to-output, setup and the rest, and of each LUT with its routing."""

    fixed: float
    level: float


# By the beginning of a device's name.
SPEEDS: dict[str, Speed] = {
    "iCE40UP": Speed(6.5, 2.9),
    "iCE40HX": Speed(3.5, 0.85),
    "LFE5": Speed(3.8, 0.7),
}


def depth_for(mhz: float, device: str) -> int:
    """The most LUTs between registers that a clock of `mhz` MHz leaves time for on a device.

    Raises PipelineError for a device that was not measured, and for a clock that not even one LUT
    between registers is sure to reach.
    """
    speed = next((s for start, s in SPEEDS.items() if device.startswith(start)), None)
    if speed is None:
        raise PipelineError(
            f"device {device!r} was not measured; known are {', '.join(SPEEDS)}: give a stage"
            " depth instead"
        )
    if not mhz > 0:
        raise PipelineError(f"a clock of {mhz:g} MHz; it must be above 0")
    depth = int((1000 / mhz - speed.fixed) / speed.level)
    if depth < 1:
        fastest = 1000 / (speed.fixed + speed.level)
        raise PipelineError(
            f"{mhz:g} MHz leaves no time for one LUT on {device}: {fastest:.0f} MHz is what it is"
            " sure to reach; ask for less, or for a stage depth of 1"
        )
    return depth
