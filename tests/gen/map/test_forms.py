"""The forms that mapping chooses among: what lies beside a graph, and what does not fit it."""

from pathlib import Path

from gen.logic.aiger import write_aiger
from gen.logic.sections import flatten
from gen.map.forms import forms_of, read_forms
from gen.map.proofs import NARROW
from gen.melt.forms import OtherForm, narrow_form, reduced_form
from gen.melt.melt import melt
from tests.gen.intnet.nets import changed, i8, i32, small
from tests.gen.intnet.test_narrow import tabled


def test_the_form_of_narrower_codes_is_joined_and_has_the_same_interface(tmp_path: Path) -> None:
    net = tabled()
    melted = melt(net)
    narrow = narrow_form(net, melted, net.outputs)
    assert isinstance(narrow, OtherForm)
    forms = forms_of(flatten(melted), melted, melted, narrow=narrow.graph)
    assert forms.shown == {NARROW: narrow.graph}
    for name, graph in (("graph", forms.flat), ("melted", melted), ("sections", melted)):
        write_aiger(graph, tmp_path / f"{name}.aig")
    assert read_forms(tmp_path / "graph.aig").shown == {}
    write_aiger(narrow.graph, tmp_path / "narrow.aig")
    found = read_forms(tmp_path / "graph.aig")
    assert (found.shown[NARROW].fan_in == narrow.graph.fan_in).all()
    write_aiger(melt(small()), tmp_path / "narrow.aig")
    assert read_forms(tmp_path / "graph.aig").shown == {}


def test_a_network_whose_codes_and_neurons_are_all_needed_has_no_other_form() -> None:
    net = small()
    melted = melt(net, ("class",))
    assert reduced_form(net, melted, ("class",)) is None
    assert narrow_form(net, melted, ("class",)) == ""


def test_equal_neurons_make_another_form() -> None:
    net = small()
    equal = i8([[1, 1, -1], [1, 1, -1]])
    twice = changed(net, 0, weight=equal, bias=i32([0, 0]))
    melted = melt(twice, ("class",))
    found = reduced_form(twice, melted, ("class",))
    assert found is not None
    assert "1 duplicate" in found[1]
    forms = forms_of(flatten(melted), melted, melted, found[0])
    assert list(forms.sectioned) == [melted, melted, found[0]]
    assert forms.joined.output_names == flatten(found[0]).output_names
