"""Mapping, joining and naming: every result looked up in its tables, for all inputs."""

import numpy as np
import pytest

from gen.logic.count import reaches
from gen.logic.graph import Builder, Graph
from gen.logic.sections import cut_names, flatten
from gen.logic.words import truth_table
from gen.map import luts, names
from gen.map.join import join_sections
from gen.map.luts import FLOWS, MapError, choose, map_luts
from gen.map.names import name_activations
from gen.map.netlist import Cell, Netlist
from gen.map.recipes import commands, library
from gen.tools.tool import ToolFailed
from tests.gen.logic.graphs import graph_of, named_tables, random_graph
from tests.gen.map.netlists import layered, netlist_tables


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS, ids=range(len(FLOWS)))
def test_every_flow_keeps_the_function(flow: tuple[str, ...]) -> None:
    for seed in range(2):
        sections = layered(seed)
        flat = flatten(sections)
        for graph in (flat, sections):
            netlist = luts._map_once(graph, flow, 4, 300)
            assert netlist is not None
            assert netlist_tables(netlist) == named_tables(flat)
            assert all(len(cell.fan_in) <= 4 for cell in netlist.cells)


@pytest.mark.slow
@pytest.mark.parametrize("k", [2, 4, 6])
def test_the_chosen_netlist_is_the_graph(k: int) -> None:
    sections = layered(3)
    netlist, how = map_luts(flatten(sections), [sections], k)
    assert netlist_tables(netlist) == named_tables(flatten(sections))
    assert max((len(cell.fan_in) for cell in netlist.cells), default=k) <= k
    assert netlist.k == k
    assert how.split(", ")[0] in ("flat", "by section")


@pytest.mark.slow
@pytest.mark.parametrize("flow", FLOWS, ids=range(len(FLOWS)))
@pytest.mark.parametrize("k", [2, 3, 5, 6])
def test_every_flow_makes_luts_of_the_size_asked_for(flow: tuple[str, ...], k: int) -> None:
    """Of the majority of three bits, which is one LUT3, and of logic that is worth packing."""
    for graph in (graph_of(3, 0xE8), random_graph(np.random.default_rng(8), inputs=8, ands=90)):
        netlist = luts._map_once(graph, flow, k, 300)
        assert netlist is not None
        assert netlist_tables(netlist) == named_tables(graph)
        assert max(len(cell.fan_in) for cell in netlist.cells) <= k


def test_what_packs_is_told_the_size() -> None:
    assert library(3) == "1 1 1\n2 1 1\n3 1 1\n"
    flow = FLOWS[0]
    assert commands(flow, 4) == [command.format(k=4) for command in flow]
    made = {k: "; ".join(commands(flow, k)) for k in (2, 3, 5, 6)}
    assert all(f"if -K {k} -a" in text for k, text in made.items())
    assert [text.count("lutpack") for text in made.values()] == [0, 2, 2, 2]
    assert [text.count("read_lut luts.txt; lutpack") for text in made.values()] == [0, 2, 2, 2]
    assert ["&satlut" in text for text in made.values()] == [False, False, False, True]


def test_a_flow_that_makes_too_wide_luts_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luts, "FLOWS", (("if -K 3",), ("if -K {k} -a",)))
    netlist, how = map_luts(graph_of(3, 0xE8), [], 2)
    assert netlist_tables(netlist) == {"y0": 0xE8}
    assert "if -K 2 -a" in how


def one_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(luts, "FLOWS", (("if -K {k} -a",),))


@pytest.mark.parametrize("truth", [(0x0000,), (0xFFFF,), (0xAAAA,), (0x5555, 0xAAAA)])
def test_graphs_without_logic(truth: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    one_flow(monkeypatch)
    graph = graph_of(4, *truth)
    netlist, _ = map_luts(graph, [])
    assert list(netlist_tables(netlist).values()) == list(truth)


@pytest.mark.parametrize("seed", range(4))
def test_random_graphs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one_flow(monkeypatch)
    graph = random_graph(np.random.default_rng(seed), inputs=7, ands=60)
    netlist, _ = map_luts(graph, [])
    assert netlist_tables(netlist) == named_tables(graph)


def test_a_flow_that_fails_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(luts, "FLOWS", (("no_such_command",), ("if -K {k} -a",)))
    graph = graph_of(4, 0x1234)
    netlist, how = map_luts(graph, [])
    assert netlist_tables(netlist) == {"y0": 0x1234}
    assert "if -K 4 -a" in how
    said = capfd.readouterr()
    assert "1 of 3 mapping runs failed, or took more than 300 s" in said.out + said.err


@pytest.mark.slow
def test_what_reads_few_inputs_is_mapped_from_its_diagrams(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vote of 49 tables, each 1 where most of three of nine inputs are."""
    b, draw = Builder(), np.random.default_rng(1)
    inputs = [b.input(f"a{at}") for at in range(9)]
    chosen = [draw.choice(9, 3, replace=False) for _ in range(49)]
    votes = [truth_table(b, 0xE8, [inputs[one] for one in three]) for three in chosen]
    b.output("y", reaches(b, [[votes]], 25))
    graph = b.graph()
    netlist, how = map_luts(graph, [])
    assert "collapse" in how
    assert netlist_tables(netlist) == named_tables(graph)
    monkeypatch.setattr(luts, "FEW", 0)
    assert 3 * len(netlist.cells) < 2 * len(map_luts(graph, [])[0].cells)


def test_no_flow_works_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise ToolFailed("abc failed")

    monkeypatch.setattr(luts, "transform", fail)
    graph = graph_of(4, 0x1234)
    with pytest.raises(MapError) as caught:
        map_luts(graph, [])
    assert str(caught.value) == "none of ABC's mapping flows worked; see `make doctor`"


def test_a_wrong_mapping_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    names_of = tuple(f"a{at}" for at in range(4))
    wrong = Netlist(names_of, (("y0", 4),), (Cell(0x1235, (0, 1, 2, 3)),))
    monkeypatch.setattr(luts, "_map_once", lambda *_: wrong)
    graph = graph_of(4, 0x1234)
    with pytest.raises(MapError, match="no mapping is proved equal to its graph"):
        map_luts(graph, [])


def test_the_next_one_is_taken_where_the_smallest_is_wrong() -> None:
    names_of = tuple(f"a{at}" for at in range(4))
    wrong = Netlist(names_of, (("y0", 4),), (Cell(0x1235, (0, 1, 2, 3)),))
    right = Netlist(names_of, (("y0", 5),), (Cell(0x1234, (0, 1, 2, 3)), Cell(0b10, (4,))))
    made = [(wrong, "small"), (right, "larger")]
    netlist, how = choose(graph_of(4, 0x1234), made)
    assert (netlist_tables(netlist), how) == ({"y0": 0x1234}, "larger")


# Joining -----------------------------------------------------------------------------------


def joined(cells: list[Cell], outputs: dict[str, int], inputs: list[str]) -> Netlist:
    return join_sections(Netlist(tuple(inputs), tuple(outputs.items()), tuple(cells)))


def test_constant_wire_and_complement_activations() -> None:
    inputs = ["x[0]", "x[1]", "h[0]", "h[1]", "h[2]", "h[3]"]
    # h[0] = 1, h[1] = x[1], h[2] = not x[0], h[3] = h[2]: the outputs read them all.
    cells = [Cell(0b01, (0,)), Cell(0x8000, (2, 3, 4, 5)), Cell(0b0110, (2, 3))]
    outputs = {"h[0]": -2, "h[1]": 1, "h[2]": 6, "h[3]": 4, "y": 7, "z": 8}
    found = joined(cells, outputs, inputs)
    assert found.inputs == ("x[0]", "x[1]")
    assert netlist_tables(found) == {"y": 0b0100, "z": 0b0011}


def test_an_activation_read_before_it_is_made() -> None:
    inputs = ["late[0]", "x[0]", "early[0]"]
    cells = [Cell(0b0110, (2, 1)), Cell(0b01, (0,)), Cell(0b01, (1,))]
    outputs = {"y": 4, "late[0]": 3, "early[0]": 5}
    # early = not x; late = early xor x = 1; y = not late = 0.
    assert netlist_tables(joined(cells, outputs, inputs)) == {"y": 0b00}


@pytest.mark.parametrize("seed", range(20))
def test_random_sections_joined(seed: int) -> None:
    """Each gate of the sectioned graph as a cell of its own, joined; by enumeration."""
    sections = layered(seed)
    n = sections.n_inputs
    cells = []
    for a, b in sections.fan_in.tolist():
        if min(a, b) < 2:
            pytest.fail("the builder leaves no constants inside")
        table = 1 << (1 - a % 2 + 2 * (1 - b % 2))
        cells.append(Cell(table, (a // 2 - 1, b // 2 - 1)))
    outputs = {}
    for name, literal in zip(sections.output_names, sections.outputs.tolist(), strict=True):
        if literal < 2:
            outputs[name] = -1 - literal
        elif literal % 2:
            cells.append(Cell(0b01, (literal // 2 - 1,)))
            outputs[name] = n + len(cells) - 1
        else:
            outputs[name] = literal // 2 - 1
    found = joined(cells, outputs, list(sections.input_names))
    assert netlist_tables(found) == named_tables(flatten(sections))


def test_a_netlist_without_cuts_stays() -> None:
    found = joined([Cell(0b0110, (0, 1))], {"y": 2}, ["a", "b"])
    assert netlist_tables(found) == {"y": 0b0110}


# Names and layers --------------------------------------------------------------------------


def named_cells(netlist: Netlist) -> dict[str, int]:
    return {c.name: at for at, c in enumerate(netlist.cells, netlist.n_inputs) if c.name}


def assert_names_true(netlist: Netlist, sections: Graph) -> None:
    """Every named cell has the truth table of the activation, worked out by hand."""
    kept = named_tables(flatten(sections, keep=cut_names(sections)))
    probe = Netlist(netlist.inputs, tuple(named_cells(netlist).items()), netlist.cells,
                    netlist.k, netlist.latency)  # fmt: skip
    for name, table in netlist_tables(probe).items():
        assert table == kept[name]
    assert len(named_cells(netlist)) == sum(cell.name is not None for cell in netlist.cells)


@pytest.mark.parametrize("seed", range(4))
def test_names_are_of_cells_that_are_equal(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one_flow(monkeypatch)
    sections = layered(seed)
    netlist, _ = map_luts(flatten(sections), [sections])
    found = name_activations(netlist, sections)
    assert_names_true(found, sections)
    kept = named_tables(flatten(sections, keep=cut_names(sections)))
    signals = range(netlist.n_inputs, netlist.n_inputs + len(netlist.cells))
    probe = Netlist(netlist.inputs, tuple((f"s{s}", s) for s in signals), netlist.cells)
    there = set(netlist_tables(probe).values())
    # Nothing that is there is missed: one name for every different activation that is a cell.
    wanted = {kept[name] for name in cut_names(sections)} & there
    assert len(named_cells(found)) == len(wanted)


def conjunctions() -> Graph:
    """Activations that random vectors all but never set, one twice, and an ordinary one."""
    b = Builder()
    x = [b.input(f"x[{at}]") for at in range(14)]
    h = [b.input(f"layer1[{at}]") for at in range(4)]

    def all_of(signals: list) -> object:  # type: ignore[type-arg]
        found = b.true
        for signal in signals:
            found = b.and_(found, signal)
        return found

    made = [all_of(x), all_of([~s for s in x]), all_of(x), b.xor(x[0], x[1])]
    for at, signal in enumerate(made):
        b.output(f"layer1[{at}]", signal)  # type: ignore[arg-type]
    b.output("class.0", b.or_(h[0], h[1]))
    b.output("class.1", b.xor(h[2], h[3]))
    return b.graph()


def test_rare_activations_do_not_cost_the_others_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one_flow(monkeypatch)
    sections = conjunctions()
    cells = [Cell(0b0110, (0, 1))]
    ends_of: list[int] = []
    # The rarer by name comes last, so that a signature alone takes the other one for it.
    for table in (0x0001, 0x8000):
        for group in ((0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)):
            cells.append(Cell(table, group))
        cells.append(Cell(0b1000 if table > 1 else 0b0001, (12, 13)))
        top = 14 + len(cells)
        cells.append(Cell(0x8000, (top - 4, top - 3, top - 2, top - 1)))
        ends_of.append(top)
    cells += [Cell(0b1110, tuple(ends_of)), Cell(0b0110, (ends_of[1], 14))]
    ends = (("class.0", 14 + len(cells) - 2), ("class.1", 14 + len(cells) - 1))
    netlist = Netlist(tuple(f"x[{at}]" for at in range(14)), ends, tuple(cells))
    assert netlist_tables(netlist) == named_tables(flatten(sections))
    found = name_activations(netlist, sections)
    assert_names_true(found, sections)
    assert "layer1[3]" in named_cells(found)


def test_a_duplicated_neuron_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one_flow(monkeypatch)
    b = Builder()
    x = [b.input(f"x[{at}]") for at in range(3)]
    h = [b.input(f"layer1[{at}]") for at in range(3)]
    for at in range(2):
        b.output(f"layer1[{at}]", b.and_(x[0], b.xor(x[1], x[2])))
    b.output("layer1[2]", b.false)
    b.output("class.0", b.and_(h[0], b.or_(h[1], h[2])))
    sections = b.graph()
    netlist, _ = map_luts(flatten(sections), [sections])
    found = name_activations(netlist, sections)
    assert [cell.name for cell in found.cells] == ["layer1[0]"]


def test_a_network_without_hidden_layers_has_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    one_flow(monkeypatch)
    graph = graph_of(4, 0x6996).renamed([f"x[{at}]" for at in range(4)], ["class.0"])
    netlist, _ = map_luts(graph, [])
    found = name_activations(netlist, graph)
    assert [(cell.name, cell.layer) for cell in found.cells] == [(None, "class")]


def test_layers_are_the_first_that_needs_a_cell() -> None:
    b = Builder()
    x = [b.input(f"x[{at}]") for at in range(4)]
    h = [b.input("layer1[0]"), b.input("layer1[1]")]
    g = [b.input("layer2[0]"), b.input("layer2[1]")]
    b.output("layer1[0]", b.xor(b.xor(x[0], x[1]), x[2]))
    b.output("layer1[1]", b.and_(x[2], x[3]))
    b.output("layer2[0]", b.and_(h[0], h[1]))
    b.output("layer2[1]", b.or_(h[0], ~h[1]))
    b.output("class.0", b.and_(~g[0], g[1]))
    sections = b.graph()
    # 4: x0^x1 (layer1, unnamed), 5: layer1[0], 6: layer1[1], 7: layer2[0], 8: layer2[1], 9: class
    cells = (
        Cell(0b0110, (0, 1)), Cell(0b0110, (4, 2)), Cell(0b1000, (2, 3)), Cell(0b1000, (5, 6)),
        Cell(0b1011, (5, 6)), Cell(0b0100, (7, 8)),
    )  # fmt: skip
    netlist = Netlist(tuple(f"x[{at}]" for at in range(4)), (("class.0", 9),), cells)
    assert netlist_tables(netlist) == named_tables(flatten(sections))
    found = name_activations(netlist, sections)
    assert [cell.name for cell in found.cells] == [
        None, "layer1[0]", "layer1[1]", "layer2[0]", "layer2[1]", None,
    ]  # fmt: skip
    layers = ["layer1"] * 3 + ["layer2"] * 2 + ["class"]
    assert [cell.layer for cell in found.cells] == layers
    assert names.VECTORS % 64 == 0


def test_an_activation_that_is_answered_is_of_its_own_layer() -> None:
    """Of the last cell too, and of what only it needs."""
    b = Builder()
    x = [b.input(f"x[{at}]") for at in range(3)]
    h = b.input("layer1[0]")
    b.output("layer1[0]", b.xor(b.xor(x[0], x[1]), x[2]))
    b.output("class.0", h)
    cells = (Cell(0b0110, (0, 1)), Cell(0b0110, (3, 2)))
    netlist = Netlist(tuple(f"x[{at}]" for at in range(3)), (("class.0", 4),), cells)
    found = name_activations(netlist, b.graph())
    assert [(cell.name, cell.layer) for cell in found.cells] == [
        (None, "layer1"),
        ("layer1[0]", "layer1"),
    ]


def test_what_is_made_of_one_integers_bits_is_of_the_encoder() -> None:
    """Also where no cell is a comparator any more; a neuron of one integer alone is a neuron."""
    b = Builder()
    x = [b.input(f"x[{at}]") for at in range(6)]
    e = b.input("encoder[0]")
    h = [b.input(f"layer1[{at}]") for at in range(2)]
    b.output("encoder[0]", b.and_(x[1], x[0]))
    b.output("layer1[0]", b.or_(e, x[5]))
    b.output("layer1[1]", b.xor(x[3], x[4]))
    b.output("class.0", b.and_(h[0], h[1]))
    # 6: encoder[0], 7: ~(x3 ^ x4) (unnamed), 8: layer1[1], 9: layer1[0], 10: class
    cells = (
        Cell(0b1000, (0, 1)), Cell(0b1001, (3, 4)), Cell(0b01, (7,)), Cell(0b1110, (6, 5)),
        Cell(0b1000, (9, 8)),
    )  # fmt: skip
    netlist = Netlist(tuple(f"x[{at}]" for at in range(6)), (("class.0", 10),), cells)
    assert netlist_tables(netlist) == named_tables(flatten(b.graph()))
    found = name_activations(netlist, b.graph(), [(0, 3), (3, 3)])
    layers = ["encoder", "encoder", "layer1", "layer1", "class"]
    assert [cell.layer for cell in found.cells] == layers
    plain = name_activations(netlist, b.graph())
    assert [cell.layer for cell in plain.cells] == [
        "encoder",
        "layer1",
        "layer1",
        "layer1",
        "class",
    ]


def test_a_large_netlist_is_swept_before_it_is_polished(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cells that are equal, and a table of which two rows never come: found without ABC."""
    monkeypatch.setattr(luts, "LARGE", 0)
    cells = (
        Cell(0b1000, (0, 1)),
        Cell(0b1110, (0, 1)),
        Cell(0b0001, (0, 1)),
        Cell(0b0110, (2, 3)),
        Cell(0b0111, (4, 5)),
    )
    names_of = ("a", "b")
    netlist = Netlist(names_of, (("xor", 5), ("all", 6)), cells)
    found = luts._swept(netlist)
    assert netlist_tables(found) == netlist_tables(netlist)
    assert len(found.cells) < len(netlist.cells)
    monkeypatch.setattr(luts, "SWEPT", 3)
    assert luts._swept(netlist) is netlist
