"""The folder of a core: all of its files made, proved and measured, then put in place at once."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gen.console import say
from gen.errors import SmeltError
from gen.files import FileDamaged, make_folder, read_json, write_json, write_text
from gen.intnet.files import load
from gen.intnet.network import IntNet
from gen.ip.axis import axis_verilog
from gen.ip.bench import axis_bench, core_bench
from gen.ip.datasheet import datasheet
from gen.ip.diagram import timing_svg
from gen.ip.fusesoc import core_file
from gen.ip.measure import Measured, measure_core
from gen.ip.names import FORMS, MANIFEST, check_lut, check_name, files, mapped_file
from gen.ip.paper import as_html, as_markdown
from gen.ip.ports import ports_of
from gen.ip.prove import prove_core, prove_graph
from gen.ip.template import amaranth_template, verilog_template
from gen.ip.vectors import Vectors, hex_lines, read_vectors
from gen.ip.verilog import core_verilog
from gen.map.netlist import Netlist
from gen.map.proofs import restriction
from gen.proof.chain import Check

__all__ = ["FORMAT", "FolderTaken", "write_ip"]

FORMAT = "smelt-ip-1"
MADE = ".made"
"""What `gen.made` keeps beside it."""


class FolderTaken(SmeltError):
    """The folder for the core holds what is not a core's."""


def write_ip(
    build: Path,
    out: Path,
    name: str,
    recipe: str,
    lut: int | None = None,
    budget: float = 300,
    measure: bool = True,
) -> dict[str, Any]:
    """Write the core of a build folder as a part called `name` into `out`; returns ip.json's value.

    Whole or not at all: an error leaves what was there. The same build and tools give the same
    bytes. Raises NameWrong, FolderTaken, FileDamaged, NotProvedEqual, ToolFailed.
    """
    check_name(name)
    check_lut(lut)
    _check_folder(out)
    part = _Part(build, name, recipe, lut)
    with _replacing(out) as folder:
        return part.write(folder, budget, measure)


class _Part:
    """A core with all that its files are made of."""

    def __init__(self, build: Path, name: str, recipe: str, lut: int | None) -> None:
        self.build, self.name, self.recipe, self.lut = build, name, recipe, lut
        self.forms = {form: Netlist.read(build / mapped_file()) for form in FORMS}
        if lut:
            self.forms[f"lut{lut}"] = Netlist.read(build / mapped_file(lut))
            # All forms have one timing; tables of six inputs are fewer in a row.
            latency = max(one.latency for one in self.forms.values())
            self.forms = {
                form: one.with_cells(one.cells, latency) for form, one in self.forms.items()
            }
        self.mapped = self.forms["plain"]
        self.net: IntNet = load(build / "net.npz")
        self.ports = ports_of(self.net, self.mapped)
        self.vectors: Vectors = read_vectors(
            build / "vectors.npz", len(self.ports.x), self.ports.n_out
        )

    def write(self, folder: Path, budget: float, measure: bool) -> dict[str, Any]:
        """Write, prove and measure; returns ip.json's value."""
        name, mapped = self.name, self.mapped
        texts = {
            form: core_verilog(netlist, name, form, self.recipe)
            for form, netlist in self.forms.items()
        }
        made = {f"{name}_{form}.v": text for form, text in texts.items()}
        made[f"{name}_axis.v"] = axis_verilog(mapped, name, self.recipe)
        for file, text in made.items():
            write_text(folder / file, text)
        checks = list(self._proved(folder, budget))
        n_in, n_out = len(self.ports.x), self.ports.n_out
        measured: list[Measured] = []
        if measure:
            say("ip: area and Fmax")
            measured = measure_core(texts, name, n_in, n_out)
        made |= self._around(n_in, n_out) | self._papers(checks, measured)
        for file, text in made.items():
            write_text(folder / file, text)
        value = self._manifest(made, checks, measured)
        write_json(folder / MANIFEST, value)
        return value

    def _mapped_files(self) -> list[Path]:
        own = [mapped_file(), *([mapped_file(self.lut)] if self.lut else [])]
        return [self.build / name for name in own]

    def _proved(self, folder: Path, budget: float) -> Iterator[Check]:
        for path in self._mapped_files():
            yield prove_graph(self.build, path, budget)
        for check in prove_core(folder, self.name, self.forms, budget):
            say(f"ip: {check.verdict}: {check.what}")
            yield check

    def _around(self, n_in: int, n_out: int) -> dict[str, str]:
        name, mapped, count = self.name, self.mapped, len(self.vectors.x)
        return {
            f"{name}_template.v": verilog_template(mapped, self.ports, name),
            f"{name}_template.py": amaranth_template(mapped, self.ports, name),
            f"{name}_tb.v": core_bench(mapped, name, count),
            f"{name}_axis_tb.v": axis_bench(mapped, name, count),
            f"{name}_x.hex": hex_lines(self.vectors.x, n_in),
            f"{name}_y.hex": hex_lines(self.vectors.y, n_out),
            f"{name}.core": core_file(name, self.recipe, self.lut),
        }

    def _papers(self, checks: list[Check], measured: list[Measured]) -> dict[str, str]:
        name, mapped = self.name, self.mapped
        svg = timing_svg(name, mapped.latency, self.ports.first)
        listed = files(name, self.lut)
        kinds = dict.fromkeys(map(restriction, self._mapped_files()))
        care = " or ".join(filter(None, kinds))
        blocks = datasheet(
            mapped, self.ports, name, self.recipe, listed, checks, measured, svg, care
        )
        page = as_html(f"{name}: data sheet", blocks)
        return {"datasheet.md": as_markdown(blocks), "datasheet.html": page, "timing.svg": svg}

    def _manifest(
        self, made: dict[str, str], checks: list[Check], measured: list[Measured]
    ) -> dict[str, Any]:
        mapped = self.mapped
        listed = files(self.name, self.lut)
        return {
            "format": FORMAT,
            "name": self.name,
            "recipe": self.recipe,
            "lut": self.lut,
            "latency": mapped.latency,
            "interval": 1,
            "inputs": [[bit.name, bit.says, bit.read] for bit in self.ports.x],
            "outputs": [[part.name, part.width, part.says] for part in self.ports.y],
            "first": self.ports.first,
            "checks": [[check.what, check.verdict, check.method] for check in checks],
            "measured": [asdict(one) for one in measured],
            "files": {file: _digest(made[file]) for file in listed},
        }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _check_folder(out: Path) -> None:
    """Raise FolderTaken where the folder holds what `write_ip` did not write there."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not out.is_dir():
        raise FolderTaken(f"{out}: is a file; the core needs a folder there: move it away")
    try:
        known = read_json(out / MANIFEST, FORMAT).get("files")
    except FileDamaged:
        known = None
    if not isinstance(known, dict):
        raise FolderTaken(
            f"{out}: holds other things than a core ({min(os.listdir(out))}); move them away, or"
            " give another --out"
        )
    for path in sorted(out.iterdir()):
        if path.name in (MANIFEST, MADE):
            continue
        if path.name not in known:
            raise FolderTaken(f"{path}: is not of the core that lies there; move it away first")
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known[path.name]:
            raise FolderTaken(f"{path}: was changed since it was written; move it away first")


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of `out` when the block succeeds."""
    make_folder(out.parent)
    folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        made = folder / "made"
        made.mkdir()
        yield made
        _exchange(made, out, folder / "before")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exchange(made: Path, out: Path, before: Path) -> None:
    """Put `made` where `out` is, which goes to `before`, and comes back where that fails."""
    if out.exists():
        out.rename(before)
    try:
        made.rename(out)
    except BaseException:
        if before.exists():
            before.rename(out)
        raise
