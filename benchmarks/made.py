"""A network melted, simplified and in all forms that mapping chooses among, as the commands do."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from gen.intnet.network import IntNet
from gen.logic.graph import Graph
from gen.map.forms import Forms, forms_of
from gen.map.luts import map_luts
from gen.map.netlist import Netlist
from gen.melt.forms import narrow_form, reduced_form
from gen.melt.melt import chosen_outputs, melt
from gen.simplify.both import simplify_both

__all__ = ["Made", "make_forms"]


@dataclass(frozen=True)
class Made:
    """The melted graph, all forms, and the seconds that melting and simplifying took."""

    melted: Graph
    forms: Forms
    seconds: dict[str, float]

    def mapped(self, k: int) -> tuple[Netlist, str]:
        """The smallest netlist of LUTs of k inputs, proved equal, and how it was made."""
        forms = self.forms
        return map_luts(forms.flat, forms.sectioned, k, joined=forms.joined, narrow=forms.narrow)


def make_forms(net: IntNet, outputs: Sequence[str]) -> Made:
    """All forms of these outputs of a network (none: of all), every step of simplifying proved."""
    chosen, start = chosen_outputs(net, outputs), time.monotonic()
    melted = melt(net, chosen)
    reduced, narrow = reduced_form(net, melted, chosen), narrow_form(net, melted, chosen)
    between = time.monotonic()
    sections, flat, _ = simplify_both(melted)
    forms = forms_of(
        flat,
        melted,
        sections,
        reduced and reduced[0],
        None if isinstance(narrow, str) else narrow.graph,
    )
    seconds = {"melt": between - start, "simplify": time.monotonic() - between}
    return Made(melted, forms, {step: round(spent, 2) for step, spent in seconds.items()})
