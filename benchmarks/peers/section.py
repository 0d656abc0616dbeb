"""Other people's networks, as a table of BENCHMARKS.md."""

from statistics import geometric_mean
from typing import Any

__all__ = ["peers_section"]


def peers_section(rows: list[dict[str, Any]], probes: dict[str, int]) -> str:
    """The table, the means, and what stands after a sum."""
    lines = [
        "## Other people's networks",
        "",
        "Networks that others trained, as their own HDL and as ours: packed iCE40 UP5K cells and",
        "LUT6 of the combinational core, the rival's the better of its flows through the same",
        "tools (benchmarks/peers/README.md says whose they are). Ours are proved.",
        "",
        "| network | ours, cells | rival's | ratio | ours, LUT6 | rival's | ratio | ANDs melted |"
        " simplify, s | map, s |",
        f"|{' --- |' * 10}",
    ]
    ratios = {
        what: [row["ours"][what] / row["rival"][what] for row in rows] for what in ("cells", "lut6")
    }
    for row, cells, lut6 in zip(rows, ratios["cells"], ratios["lut6"], strict=True):
        ours, rival, seconds = row["ours"], row["rival"], row["seconds"]
        lines.append(
            f"| {row['network']} | **{ours['cells']:,}** | {rival['cells']:,} | {cells:.3f} |"
            f" **{ours['lut6']:,}** | {rival['lut6']:,} | {lut6:.3f} |"
            f" {row['ands']['melted']:,} | {seconds['simplify']} | {seconds['map']} |"
        )
    mean = {what: f"{geometric_mean(found):.3f}" for what, found in ratios.items()}
    lines.append(f"| geometric mean | | | {mean['cells']} | | | {mean['lut6']} | | | |")
    after = ", ".join(f"{what} {ands:,}" for what, ands in probes.items() if what != "sum")
    lines += [
        "",
        f"The sum of two 6-bit codes melts to {probes['sum']:,} ANDs; with levels after it:",
        f"{after}.",
    ]
    return "\n".join(lines)
