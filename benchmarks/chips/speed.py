"""One network in every form: combinational, pipelined at several depths, and time-shared.

For each: LUTs, flip-flops, packed logic cells and Fmax of the core alone (see
`benchmarks.chips.place`), latency, and results per second of the core at that Fmax. Pipelined cores
are also told as a share of the fabric's limit (see `benchmarks.chips.fabric`) at as many cells as
the fully pipelined one has. The serial link's throughput stands apart: it is the same for all.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.chips.fabric import measure_fabric
from benchmarks.chips.place import Device, place
from benchmarks.kept import kept
from boards.build.core import load_core
from gen.files import make_folder
from gen.hdl import write_core
from gen.logic.aiger import read_aiger
from gen.map.luts import choose, map_all
from gen.map.netlist import Netlist
from gen.map.pipeline import logic_cells, pipeline
from gen.sharing.core import write_shared
from hw.frames import frame_bytes

__all__ = ["DEPTHS", "measure_speed"]

DEPTHS = (22, 11, 8, 4, 2, 1)
BAUD = 115_200


def measure_speed(
    build: Path, devices: Sequence[Device], folder: Path, seeds: int = 3
) -> dict[str, Any]:
    """Measure the network in a build folder; what was measured is kept in `folder`, file by file.

    Raises ToolFailed, MapError, FileDamaged.
    """
    make_folder(folder)
    forms = _forms(build, folder)
    rows = []
    for device in devices:
        for name, make in forms.items():
            path = folder / f"{device.name}-{name}.json"
            rows.append(kept(path, partial(_measure, device, make, path.with_suffix(""), seeds)))
            rows[-1] |= {"form": name}
    limits: dict[str, dict[str, Any]] = {}
    for device in devices:
        (full,) = (r for r in rows if (r["device"], r["form"]) == (device.title, "depth 1"))
        path = folder / f"{device.name}-fabric.json"
        # Every cell of the random pipeline is a LUT and its register.
        size = max(full["cells"], full["flip_flops"])
        limits[device.title] = kept(
            path, partial(measure_fabric, device, size, path.with_suffix(""), seeds)
        )
    return {"network": build.name, "rows": rows, "fabric": limits, "link": _link(build)}


Make = Callable[[Device, Path], dict[str, Any]]


def _forms(build: Path, folder: Path) -> dict[str, Make]:
    """How to write the core of each form into a folder; each returns core.json's value."""
    forms: dict[str, Make] = {"combinational": partial(_write_pipelined, build, folder, None)}
    for depth in DEPTHS:
        forms[f"depth {depth}"] = partial(_write_pipelined, build, folder, depth)
    forms["shared"] = partial(_write_shared, build)
    return forms


def _write_pipelined(
    build: Path, folder: Path, depth: int | None, device: Device, out: Path
) -> dict[str, Any]:
    netlist = _netlist(build, folder / f"depth-{depth or 'all'}.json", depth)
    make_folder(out)
    netlist.write(out / "mapped.json")
    core = write_core(out / "mapped.json", out, device.family, build.name)
    return core | {"estimate": logic_cells(netlist)}


def _write_shared(build: Path, device: Device, out: Path) -> dict[str, Any]:
    return write_shared(build / "net.npz", out, build.name)


def _netlist(build: Path, path: Path, depth: int | None) -> Netlist:
    """The network cut into stages of `depth` LUTs; all depths choose among the same mappings."""
    if path.exists():
        return Netlist.read(path)
    flat, *cut = (read_aiger(build / f"{n}.aig") for n in ("graph", "sections", "melted"))
    mappings = sorted(path.parent.glob("mapping-*.json"))
    found = [(Netlist.read(one), one.stem) for one in mappings]
    if not found:
        found = map_all(flat, cut, stage_depth=1)
        for at, (netlist, how) in enumerate(found):
            netlist.write(path.parent / f"mapping-{at}.json", flow=how)
    netlist, _ = choose(flat, found, depth)
    staged = pipeline(netlist, depth or max(1, netlist.depth))
    staged.write(path)
    return staged


def _measure(device: Device, make: Make, out: Path, seeds: int) -> dict[str, Any]:
    core = make(device, out)
    n_out = sum(width for _, width in core["outputs"])
    text = (out / "core.v").read_text(encoding="utf-8")
    placed = place(device, text, core["inputs"], n_out, out / "place", seeds)
    interval = core.get("interval", 1)
    return placed | {
        "latency": core["latency"],
        "interval": interval,
        "latency_ns": round(1000 * core["latency"] / placed["median"], 1),
        "results_per_s": round(placed["median"] * 1e6 / interval),
        "wrapper_flip_flops": core["inputs"],
    }


def _link(build: Path) -> dict[str, Any]:
    """Results per second that a serial line of 115,200 baud carries at most, requests alone."""
    request = frame_bytes(1 + load_core(build / "core.v").shape().payload_bytes)
    return {"baud": BAUD, "request_bytes": request, "results_per_s": round(BAUD / 10 / request, 1)}
