"""What holds for every node: its loops, PyTorch, its parts, its ranges, its logic and its file."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from gen.intnet.files import load, save
from gen.intnet.interpret import interpret
from gen.intnet.network import NODES, Argmax, Conv, IntNet, NetError, Node
from gen.logic.evaluate import evaluate
from gen.logic.sections import flatten
from gen.melt.melt import melt
from gen.melt.proof.check import check_melted
from gen.nets.freezing.frozen import FrozenNet
from tests.gen.intnet.battery import CASES, LOOPS, REFUSED
from tests.gen.intnet.nets import assert_same, changed, every_code

Values = dict[str, np.ndarray]


def columns(value: np.ndarray) -> np.ndarray:
    return value[:, None] if value.ndim == 1 else value


@pytest.fixture(params=CASES)
def net(request: pytest.FixtureRequest) -> IntNet:
    """Every case in turn, answering with all its nodes."""
    case = CASES[request.param]
    return replace(case, outputs=tuple(node.name for node in case.nodes))


@pytest.fixture
def codes(net: IntNet) -> np.ndarray:
    return every_code(net.n_inputs, net.input_bits, net.input_signed)


def by_hand(net: IntNet, codes: np.ndarray) -> Values:
    """Every signal by plain loops, a vector at a time."""
    found: dict[str, list[list[int]]] = {"x": codes.tolist()}
    for node in net.nodes:
        given = zip(*(found[name] for name in node.inputs), strict=True)
        found[node.name] = [LOOPS[type(node)](node, *rows) for rows in given]
    return {name: np.array(rows) for name, rows in found.items()}


def test_every_kind_of_node_has_cases_loops_and_refusals() -> None:
    used = {type(node) for case in CASES.values() for node in case.nodes}
    assert used == set(LOOPS) == set(NODES.values())
    assert {type(CASES[case].nodes[-1]) for case, _, _ in REFUSED} == set(NODES.values())


def test_the_interpreter_and_pytorch_do_what_loops_do(net: IntNet, codes: np.ndarray) -> None:
    wanted, found = by_hand(net, codes), interpret(net, codes)
    frozen = FrozenNet(net).signals(torch.from_numpy(codes))
    for name, values in wanted.items():
        assert found[name].dtype == np.int64
        assert found[name].ndim == (1 if _is_argmax(net, name) else 2)
        assert np.array_equal(columns(found[name]), values), name
        assert np.array_equal(columns(frozen[name].numpy()), values), name


def _is_argmax(net: IntNet, name: str) -> bool:
    return any(node.name == name and isinstance(node, Argmax) for node in net.nodes)


def test_ranges_hold_all_values_and_sizes_are_right(net: IntNet, codes: np.ndarray) -> None:
    for name, values in by_hand(net, codes).items():
        signal = net.signals[name]
        assert values.shape[1] == signal.size == len(signal.low) == len(signal.high)
        assert (values >= signal.low).all(), name
        assert (values <= signal.high).all(), name
        lowest = -(1 << signal.width - 1) if signal.signed or not signal.bits else 0
        assert (signal.low >= lowest).all()
        assert (signal.high < lowest + (1 << signal.width)).all()
        if name != "x":
            assert net.node(name).size == signal.size


def test_a_part_gives_its_column(net: IntNet, codes: np.ndarray) -> None:
    values = by_hand(net, codes)
    for node in net.nodes:
        sizes = [values[name].shape[1] for name in node.inputs]
        for element in range(node.size):
            read, part = node.part(element, sizes)
            given = [values[name][:, at] for name, at in zip(node.inputs, read, strict=True)]
            assert part.size == 1
            found = part.apply(given).reshape(len(codes))
            assert np.array_equal(found, values[node.name][:, element]), (node.name, element)


def test_a_part_reads_all_that_matters(net: IntNet, codes: np.ndarray) -> None:
    """Inputs that a part does not read may be anything."""
    rng = np.random.default_rng(0)
    values = by_hand(net, codes)
    node = net.nodes[-1]
    given = [values[name] for name in node.inputs]
    for element in range(node.size):
        read, _ = node.part(element, [one.shape[1] for one in given])
        other = [rng.permutation(one) for one in given]
        for one, mixed, at in zip(given, other, read, strict=True):
            mixed[:, at] = one[:, at]
        assert np.array_equal(columns(node.apply(other))[:, element], values[node.name][:, element])


def test_the_melted_logic_says_the_same(net: IntNet, codes: np.ndarray) -> None:
    sections = melt(net)
    check_melted(net, sections)
    width, values = net.input_bits, by_hand(net, codes)
    bits = (codes[:, :, None] >> np.arange(width) & 1).reshape(len(codes), -1)
    wanted = [
        values[node.name][:, :, None] >> np.arange(net.signals[node.name].width) & 1
        for node in net.nodes
    ]
    found = evaluate(flatten(sections), bits)
    assert np.array_equal(found, np.concatenate([b.reshape(len(b), -1) for b in wanted], axis=1))


def test_the_file_gives_it_back(net: IntNet, tmp_path: Path) -> None:
    save(net, tmp_path / "net.npz")
    back = load(tmp_path / "net.npz")
    assert_same(back, net)
    save(back, tmp_path / "again.npz")
    assert (tmp_path / "net.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("conv")])
def test_a_convolution_is_torchs(name: str) -> None:
    case = CASES[name]
    node = case.nodes[-1]
    assert isinstance(node, Conv)
    codes = every_code(case.n_inputs, case.input_bits, case.input_signed)
    images = torch.from_numpy(codes).reshape(len(codes), *node.shape).double()
    weight, bias = (torch.from_numpy(a).double() for a in (node.weight, node.bias))
    wanted = functional.conv2d(images, weight, bias, node.stride, node.padding, 1, node.groups)
    found = interpret(case, codes)[node.name]
    assert np.array_equal(found, wanted.flatten(1).numpy())
    assert node.places == tuple(wanted.shape[2:])


@pytest.mark.parametrize(
    ("case", "change", "message"), REFUSED, ids=[f"{c}: {m}" for c, _, m in REFUSED]
)
def test_what_a_node_refuses_wrong(case: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(NetError) as caught:
        changed(CASES[case], -1, **change)
    assert str(caught.value) == message


def _arrays() -> list[tuple[str, Node, str]]:
    pairs = ((case, net.nodes[-1]) for case, net in CASES.items())
    return [(case, node, what) for case, node in pairs for what in node.ARRAYS]


WORSE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "another type": lambda array: array.astype(np.float64),
    "numbers beyond all types": lambda array: array.astype(np.int64) + (1 << 40),
    "not numbers": lambda array: np.full(array.shape, np.nan),
    "one axis more": lambda array: array[None],
    "one row more": lambda array: np.concatenate([array, array[:1]]),
    "no rows": lambda array: array[:0],
    "a single number": lambda array: array.reshape(-1)[0] if array.size else array[0, :0],
}


@pytest.mark.parametrize("how", WORSE)
def test_any_array_made_worse_is_refused_with_the_nodes_name(how: str) -> None:
    for case, node, what in _arrays():
        worse = np.array(WORSE[how](getattr(node, what)))
        only = len([f for f in fields(node) if f.name in node.ARRAYS]) == 1
        if how == "numbers beyond all types" and not worse.size:
            continue
        if how == "one row more" and only:
            continue  # A maximum of one more window is right.
        with pytest.raises(NetError, match=f"^{node.name}(\\[|: )"):
            changed(CASES[case], -1, **{what: worse})
