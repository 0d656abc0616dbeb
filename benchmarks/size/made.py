"""A network melted, simplified and in all forms that mapping chooses among, as the commands do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boards.measured.measure import measure_core
from gen.commands.cared import use_care
from gen.files import make_folder
from gen.hdl import write_core
from gen.intnet.network import IntNet
from gen.logic.graph import Graph
from gen.map.forms import Forms, forms_of
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.map.pipeline import pipeline
from gen.map.proofs import WIDE, other_counts
from gen.melt.forms import counted_form, narrow_form, reduced_form, wide_form
from gen.melt.melt import chosen_outputs, melt
from gen.melt.sidecar import describe
from gen.simplify.both import simplify_both

__all__ = ["Made", "make_forms", "packed_core"]


@dataclass(frozen=True)
class Made:
    """A network and the outputs chosen of it, the melted graph, all forms, and the seconds that
    melting and simplifying took."""

    net: IntNet
    outputs: tuple[str, ...]
    melted: Graph
    forms: Forms
    narrow: IntNet | None
    seconds: dict[str, float]

    def mapped(self, k: int) -> tuple[Netlist, str]:
        """The smallest netlist of LUTs of k inputs, proved equal, and how it was made."""
        forms = self.forms
        if other_counts(k) == WIDE:
            wide = wide_form(self.net, self.narrow, self.melted, self.outputs)
            if not isinstance(wide, str):
                forms = forms.with_shown(WIDE, wide.graph)
        more = forms.joined, forms.shown, forms.counted
        return map_luts(forms.flat, forms.sectioned, k, 300, None, *more)

    def on_valid_inputs(self, netlist: Netlist) -> Netlist | None:
        """A netlist of it, made smaller where the care set lets it, and proved equal on the inputs
        of that; None where all inputs are valid."""
        told = describe(self.net, self.melted, self.outputs)
        if told["care"] is None:
            return None
        depth = max(1, netlist.depth)
        return use_care(netlist, Path("graph.aig"), told, self.forms.flat, True, depth).netlist


def make_forms(net: IntNet, outputs: Sequence[str]) -> Made:
    """All forms of these outputs of a network (none: of all), every step of simplifying proved."""
    chosen, start = chosen_outputs(net, outputs), time.monotonic()
    melted = melt(net, chosen)
    reduced, other = reduced_form(net, melted, chosen), narrow_form(net, melted, chosen)
    narrow = None if isinstance(other, str) else other
    between = time.monotonic()
    sections, flat, _ = simplify_both(melted)
    forms = forms_of(
        flat,
        melted,
        sections,
        reduced and reduced[0],
        narrow.graph if narrow else None,
        counted=counted_form(net, chosen),
    )
    seconds = {"melt": between - start, "simplify": time.monotonic() - between}
    times = {step: round(spent, 2) for step, spent in seconds.items()}
    return Made(net, chosen, melted, forms, narrow.net if narrow else None, times)


def packed_core(netlist: Netlist, name: str, folder: Path) -> dict[str, Any]:
    """What a netlist takes with a register on every output (`measure_core`); files go to
    `folder`."""
    make_folder(folder)
    pipeline(netlist, max(1, netlist.depth)).write(folder / "mapped.json")
    write_core(folder / "mapped.json", folder, "ice40", name)
    return measure_core(folder / "core.v", "core", folder)
