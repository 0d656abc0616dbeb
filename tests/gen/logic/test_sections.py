"""Sectioned graphs joined again, against values passed on by hand from section to section."""

import numpy as np
import pytest

from gen.logic.graph import Builder, Graph, GraphError
from gen.logic.sections import cut_names, flatten
from tests.gen.logic.graphs import every_input, named_tables, random_graph, value


def random_sections(seed: int, inputs: int = 5, layers: int = 3, width: int = 4) -> Graph:
    """A random network of layers, cut at each: every layer reads any signal before it."""
    rng = np.random.default_rng(seed)
    b = Builder()
    signals = [b.input(f"x[{at}]") for at in range(inputs)]
    for layer in range(1, layers + 1):
        made = b.import_graph(random_graph(rng, len(signals), 25, width), signals)
        names = [f"layer{layer}[{at}]" for at in range(width)]
        for name, signal in zip(names, made, strict=True):
            b.output(name, signal)
        signals = [*signals, *(b.input(name) for name in names)]
    for at, signal in enumerate(b.import_graph(random_graph(rng, len(signals), 25, 2), signals)):
        b.output(f"class.{at}", signal)
    return b.graph()


def passed_on(sections: Graph, bits: list[int]) -> dict[str, int]:
    """All outputs when the activations are what they are made: evaluated until they settle."""
    known = dict(zip([n for n in sections.input_names if n[0] == "x"], bits, strict=True))
    for _ in range(5):
        row = [known.get(name, 0) for name in sections.input_names]
        known |= dict(zip(sections.output_names, value(sections, row), strict=True))
    return known


@pytest.mark.parametrize("seed", range(15))
def test_joined_is_what_the_sections_pass_on(seed: int) -> None:
    sections = random_sections(seed)
    cuts = cut_names(sections)
    assert cuts == tuple(f"layer{a}[{b}]" for a in (1, 2, 3) for b in range(4))
    flat, kept = flatten(sections), flatten(sections, keep=cuts)
    assert flat.input_names == kept.input_names == tuple(f"x[{at}]" for at in range(5))
    assert flat.output_names == ("class.0", "class.1")
    assert kept.output_names == sections.output_names
    whole, columns = named_tables(flat), named_tables(kept)
    for v, bits in enumerate(every_input(5).tolist()):
        wanted = passed_on(sections, bits)
        assert all(columns[name] >> v & 1 == wanted[name] for name in columns)
        assert all(whole[name] >> v & 1 == wanted[name] for name in whole)


def test_keep_keeps_only_what_it_names() -> None:
    flat = flatten(random_sections(0), keep=["layer2[1]", "nothing of this name"])
    assert flat.output_names == ("layer2[1]", "class.0", "class.1")


def test_a_graph_without_cuts_is_itself() -> None:
    graph = random_graph(np.random.default_rng(0))
    assert cut_names(graph) == ()
    assert named_tables(flatten(graph)) == named_tables(graph)
    assert flatten(graph).input_names == graph.input_names


def test_constant_and_wire_activations() -> None:
    b = Builder()
    x = b.input("x[0]")
    h = [b.input(f"h[{at}]") for at in range(4)]
    for at, signal in enumerate([b.true, b.false, ~x, ~h[2]]):
        b.output(f"h[{at}]", signal)
    for at, signal in enumerate(h):
        b.output(f"y{at}", ~signal)
    flat = flatten(b.graph())
    assert named_tables(flat) == {"y0": 0b00, "y1": 0b11, "y2": 0b10, "y3": 0b01}
    assert flat.n_ands == 0


def test_activations_made_before_or_after_they_are_read() -> None:
    # The order of inputs and outputs does not say which activation comes first.
    b = Builder()
    late, early, x = b.input("late[0]"), b.input("early[0]"), b.input("x[0]")
    y = b.input("x[1]")
    b.output("class.0", ~late)
    b.output("late[0]", b.and_(early, ~y))
    b.output("early[0]", b.or_(x, y))
    assert named_tables(flatten(b.graph())) == {"class.0": 0b1101}


def test_a_long_chain_of_activations_needs_no_recursion() -> None:
    b = Builder()
    signal = b.input("x[0]")
    for at in range(5000):
        b.output(f"h{at}[0]", ~signal)
        signal = b.input(f"h{at}[0]")
    b.output("class.0", signal)
    assert named_tables(flatten(b.graph())) == {"class.0": 0b10}


@pytest.mark.parametrize("length", [1, 2, 5])
def test_an_activation_that_depends_on_itself_wrong(length: int) -> None:
    b = Builder()
    x = b.input("x[0]")
    ring = [b.input(f"h[{at}]") for at in range(length)]
    for at in range(length):
        b.output(f"h[{at}]", b.and_(x, ring[at - 1]))
    b.output("class.0", ring[0])
    with pytest.raises(GraphError) as caught:
        flatten(b.graph())
    assert str(caught.value) == "activation 'h[0]' depends on itself"


def test_a_freed_activation_is_an_input_and_still_kept_as_made() -> None:
    sections = random_sections(3)
    opened = flatten(sections, keep=["layer2[1]"], free=["layer2[1]"])
    assert opened.input_names == (*(f"x[{at}]" for at in range(5)), "layer2[1]")
    columns = named_tables(opened)
    made = named_tables(flatten(sections, keep=["layer2[1]"]))
    assert columns["layer2[1]"] == made["layer2[1]"] | made["layer2[1]"] << 32
    # Where the free value is the one made, everything is as before.
    for v in range(32):
        at = v + 32 * (made["layer2[1]"] >> v & 1)
        assert columns["class.0"] >> at & 1 == made["class.0"] >> v & 1
