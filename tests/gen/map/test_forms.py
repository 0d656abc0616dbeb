"""The forms that mapping chooses among: what lies beside a graph, and what does not fit it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen.intnet.network import IntNet
from gen.logic.aiger import write_aiger
from gen.logic.evaluate import differing, evaluate
from gen.logic.graph import GraphError
from gen.logic.sections import flatten
from gen.map.forms import forms_of, read_forms
from gen.map.luts import map_luts
from gen.map.proofs import NARROW
from gen.melt.forms import OtherForm, counted_form, narrow_form, reduced_form
from gen.melt.melt import melt
from tests.gen.intnet.nets import changed, every_code, forward, i8, i32, small
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


@pytest.mark.parametrize("name", ["melted", "sections", "reduced"])
def test_a_graph_of_another_network_is_refused(tmp_path: Path, name: str) -> None:
    melted = melt(small())
    other = melt(changed(small(), 0, weight=i8([[1, 1, 1], [1, -1, 0]])))
    assert differing(flatten(melted), flatten(other), 64)
    write_aiger(flatten(melted), tmp_path / "graph.aig")
    for one in ("melted", "sections", "reduced"):
        write_aiger(other if one == name else melted, tmp_path / f"{one}.aig")
    with pytest.raises(GraphError, match=f"{name}.aig: is not of the network of graph.aig"):
        read_forms(tmp_path / "graph.aig")


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


def three() -> IntNet:
    """Two sums of three bits compared with a third."""
    net = changed(small(), 2, weight=i8([[1, 1], [1, -1], [-1, 1]]), bias=i32([-1, 0, 0]))
    return replace(net, meta={"name": "three", "classes": ["a", "b", "c"]})


def test_words_that_are_compared_by_carries_have_the_same_largest() -> None:
    net = three()
    words = counted_form(net, ("class",))
    flat = flatten(melt(net, ("class",)))
    netlist, _ = map_luts(flat, [], counted={"": words})
    assert tuple(name for name, _ in netlist.outputs) == flat.output_names
    codes = every_code(3, 1, False)
    bits = evaluate(flatten(words), codes.astype(np.uint8)).astype(int)
    values = bits.reshape(len(codes), 3, -1) @ (1 << np.arange(bits.shape[1] // 3))
    assert values.argmax(axis=1).tolist() == forward(net, codes)["class"].ravel().tolist()


def test_two_classes_scores_and_the_last_of_equal_ones_are_answered_as_they_are() -> None:
    last = changed(three(), 3, last=True)
    for net, outputs in ((small(), ("class",)), (three(), ("class", "score")), (last, ("class",))):
        flat, counted = (flatten(one) for one in (melt(net, outputs), counted_form(net, outputs)))
        assert counted.output_names == flat.output_names
        codes = every_code(3, 1, False).astype(np.uint8)
        assert (evaluate(counted, codes) == evaluate(flat, codes)).all()


def test_a_form_of_another_network_is_none() -> None:
    melted, words = melt(small(), ("class",)), counted_form(three(), ("class",))
    assert forms_of(flatten(melted), melted, melted, counted=words).counted == {"": words}
    other = melt(tabled(), ("class",))
    assert forms_of(flatten(other), other, other, counted=words).counted == {}
