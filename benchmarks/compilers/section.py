"""The same networks by every compiler, as a table of BENCHMARKS.md."""

from statistics import geometric_mean
from typing import Any

__all__ = ["compilers_section"]

OURS, PLAIN = "Smelt", "plain Verilog"


def compilers_section(rows: list[dict[str, Any]], area: list[dict[str, Any]]) -> str:
    """The networks by every compiler, the smallest first; ours and plain ones are those of `area`,
    which has all of them."""
    known = {one["network"]: one for one in area}
    lines = [
        "## Compilers",
        "",
        "The same weights by other compilers, checked to be exact, through the same synthesis: the",
        "better of `synth_ice40` with carry chains and without, packed logic cells of the core.",
        "The ratio is ours to each. A compiler that takes longer than the time named is stopped.",
        "",
        "| network | compiler | LC | LUT4 | carry | ratio |",
        f"|{' --- |' * 6}",
    ]
    best = []
    for row in rows:
        one = known[row["network"]]
        plain = min(one["baseline"].values(), key=lambda found: int(found["lc"]))
        ways = {OURS: one["ours"], PLAIN: plain, **row["ways"]}
        lines += [
            _line(row["network"], way, ways) for way in sorted(ways, key=lambda w: _lc(ways[w]))
        ]
        others = [_lc(found) for found in row["ways"].values() if "lc" in found]
        best += [one["ours"]["lc"] / min(others)] if others else []
    if best:
        mean = geometric_mean(best)
        lines += ["", _said(best, mean)]
    return "\n".join(lines)


def _lc(found: dict[str, Any]) -> float:
    return float(found.get("lc", "inf"))


def _line(network: str, way: str, ways: dict[str, dict[str, Any]]) -> str:
    found = ways[way]
    if "lc" not in found:
        return f"| {network} | {way} | did not end in {found['no_end_s']:g} s | | | |"
    lc, ratio = f"{found['lc']:,}", f"{ways[OURS]['lc'] / found['lc']:.3f}"
    if way == OURS:
        lc, ratio = f"**{lc}**", ""
    return f"| {network} | {way} | {lc} | {found['lut4']:,} | {found['carry']} | {ratio} |"


def _said(best: list[float], mean: float) -> str:
    return (
        f"Ours to the best of the other compilers: {mean:.3f} in the geometric mean of"
        f" {len(best)} networks,\n{max(best):.3f} at most."
    )
