"""Other people's networks, as a table of BENCHMARKS.md."""

from collections.abc import Sequence
from statistics import geometric_mean
from typing import Any

from benchmarks.peers.networks import ABSENT, Absent

__all__ = ["peers_section"]

COLUMNS = (
    *("network", "ours, cells", "rival's", "ratio", "ours, LUT6", "rival's", "ratio"),
    *("care", "ANDs melted", "simplify, s", "map, s"),
)


def peers_section(
    rows: list[dict[str, Any]],
    probes: dict[str, int],
    sized: dict[str, Any],
    absent: Sequence[Absent] = ABSENT,
) -> str:
    """The table, the means, what is not here, what stands after a sum, and the time of a size."""
    lines = [
        "## Other people's networks",
        "",
        "Networks that others trained, as their own HDL and as ours: packed iCE40 UP5K cells and",
        "LUT6 of the combinational core, the rival's the better of its flows through the same",
        "tools (benchmarks/peers/README.md says whose they are). Ours are proved; care says",
        "whether on valid inputs alone. The means are of the networks measured.",
        "",
        _row(*COLUMNS),
        _row(*["---"] * len(COLUMNS)),
    ]
    ratios = {
        what: [row["ours"][what] / row["rival"][what] for row in rows] for what in ("cells", "lut6")
    }
    for row, cells, lut6 in zip(rows, ratios["cells"], ratios["lut6"], strict=True):
        ours, rival, seconds = row["ours"], row["rival"], row["seconds"]
        lines.append(
            _row(
                row["network"],
                *(f"**{ours['cells']:,}**", f"{rival['cells']:,}", f"{cells:.3f}"),
                *(f"**{ours['lut6']:,}**", f"{rival['lut6']:,}", f"{lut6:.3f}"),
                *("yes" if row["care"] else "no", f"{row['ands']['melted']:,}"),
                *(seconds["simplify"], seconds["map"]),
            )
        )
    for one in absent:
        known = ("not measured", one.cells, "", "not measured", one.lut6, "")
        lines.append(_row(one.name, *known, *[""] * 4))
    cells, lut6 = (f"{geometric_mean(found):.3f}" for found in ratios.values())
    lines.append(_row("geometric mean", "", "", cells, "", "", lut6, *[""] * 4))
    return "\n".join([*lines, "", *_after(probes), "", *_time(sized)])


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _after(probes: dict[str, int]) -> list[str]:
    others = {what: ands for what, ands in probes.items() if what != "sum"}
    each = ", ".join(f"{what} {ands:,}" for what, ands in others.items())
    most = max(others.values()) / probes["sum"]
    return [
        "Of networks that are not measured only the rival's figures are known here.",
        "",
        f"The sum of two 6-bit codes melts to {probes['sum']:,} ANDs; with levels after it:",
        f"{each}, {most:.2f} of the sum at most.",
    ]


def _time(sized: dict[str, Any]) -> list[str]:
    seconds = sized["seconds"]
    total = seconds["simplify"] + seconds["map"]
    return [
        f"A random network of {sized['ands']:,} ANDs ({sized['network']}, class only): simplify",
        f"{seconds['simplify']} s, map {seconds['map']} s to {sized['luts']:,} LUT4, together"
        f" {total:.0f} s.",
    ]
