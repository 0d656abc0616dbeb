"""`python -m benchmarks.chips.forms`: one network in every form and on every device, as a report.

Writes speed.json, speed.md and speed.png. Each measurement is kept as it is finished, so an
interrupted run goes on; delete the folder to measure anew.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.chips.place import DEVICES
from benchmarks.chips.speed import measure_speed
from gen.console import main, positive
from gen.errors import SmeltError
from gen.files import write_json, write_text
from gen.style import DARK, LIGHT, MIDDLE, figure, tidy
from gen.tools import YOSYS

__all__ = ["markdown", "plot"]


class UnknownDevice(SmeltError):
    """A device that is not measured here."""


def markdown(results: dict[str, Any]) -> str:
    """The report as tables, one for each device."""
    link = results["link"]
    lines = [
        f"## Speed of {results['network']} by form",
        "",
        "The core alone between the registers of a small wrapper: its input register, and an",
        "exclusive or of its outputs. Cells, LUTs and flip-flops are those of both; Fmax is the",
        f"median and the best of the seeds. A serial line of {link['baud']:,} baud carries at most",
        f"{link['results_per_s']:,} results per second ({link['request_bytes']} bytes a request),",
        "whatever the form.",
        "",
    ]
    for device, limit in results["fabric"].items():
        lines += [f"### {device}", "", *_table(device, limit, results["rows"]), ""]
    return "\n".join(lines)


def _table(device: str, limit: dict[str, Any], rows: list[dict[str, Any]]) -> Iterator[str]:
    yield (
        f"The fabric's limit, a random pipeline of one LUT between registers in {limit['cells']:,}"
        f" cells: {limit['median']} MHz median, {limit['best']} best. A network's wires are"
        " shorter than random ones, so a share can exceed 1."
    )
    yield ""
    heads = ("form", "LUT4", "flip-flops", "cells", "memories", "Fmax, MHz", "best", "of the limit",
             "cycles", "ns", "results/s")  # fmt: skip
    yield _row(*heads)
    yield _row(*["---"] * len(heads))
    for row in rows:
        if row["device"] == device:
            yield _row(
                row["form"],
                f"{row['luts']:,}",
                f"{row['flip_flops']:,}",
                f"{row['cells']:,}",
                row["blocks"],
                row["median"],
                row["best"],
                f"{row['median'] / limit['median']:.2f}",
                f"{row['latency']:,}",
                f"{row['latency_ns']:,.0f}",
                f"{row['results_per_s']:,}",
            )


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def plot(results: dict[str, Any], path: Path) -> None:
    """Fmax over packed cells, a line for each device, the pipelined forms along it."""
    made, axes = figure(f"{results['network']}: faster clocks cost registers", 6.4, 3.6)
    devices = list(results["fabric"])
    for device, colour in zip(devices, (LIGHT, MIDDLE, DARK), strict=False):
        rows = [r for r in results["rows"] if r["device"] == device and r["form"] != "shared"]
        # Flip-flops, not cells: a cell is another thing on each family.
        across = [row["flip_flops"] for row in rows]
        up = [row["median"] for row in rows]
        axes.plot(across, up, "o-", color=colour, markersize=4, label=device)
        # All devices have the same registers, so one line's numbers do for all.
        for row in rows[1:] if device == devices[0] else ():
            axes.annotate(
                row["form"].removeprefix("depth "),
                (row["flip_flops"], row["median"]),
                textcoords="offset points",
                xytext=(4, -9),
                fontsize=7,
                color=DARK,
            )
        limit = results["fabric"][device]["median"]
        axes.axhline(limit, color=colour, linewidth=0.8, linestyle=":")
    axes.set_yscale("log")
    axes.set_yticks([10, 20, 50, 100, 200, 400], ["10", "20", "50", "100", "200", "400"])
    axes.minorticks_off()
    tidy(axes, "flip-flops (numbers: LUTs between registers)", "Fmax, MHz (dotted: fabric's limit)")
    axes.legend(fontsize=8, frameon=False, loc="lower right")
    made.savefig(path)


def run(args: argparse.Namespace) -> None:
    """Measure what is not measured yet, and write the three files."""
    unknown = [name for name in args.devices if name not in DEVICES]
    if unknown:
        raise UnknownDevice(f"device {unknown[0]!r} is unknown; known are {', '.join(DEVICES)}")
    devices = [DEVICES[name] for name in args.devices]
    folder = args.out or Path("build/bench") / f"speed-{args.build.name}"
    results = measure_speed(args.build, devices, folder, args.seeds)
    tools = {tool.names[0]: tool.version() for tool in (YOSYS, *{d.tool for d in devices})}
    write_json(folder / "speed.json", results | {"seeds": args.seeds, "tools": tools})
    text = markdown(results) + f"Tools: {', '.join(f'{n} {v}' for n, v in tools.items())}.\n"
    write_text(folder / "speed.md", text)
    plot(results, folder / "speed.png")
    print(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m benchmarks.chips.forms", description=__doc__)
    top.add_argument("--build", type=Path, required=True, help="a recipe's folder, build/digits")
    top.add_argument(
        "--devices",
        type=lambda text: text.split(","),
        default=list(DEVICES),
        help=f"of {','.join(DEVICES)} (default: all)",
    )
    top.add_argument("--seeds", type=positive, default=3, help="of place and route (default: 3)")
    top.add_argument("--out", type=Path, help="folder (default: build/bench/speed-<network>)")
    top.set_defaults(run=run)
    return top


if __name__ == "__main__":
    sys.exit(main(parser()))
