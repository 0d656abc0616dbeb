"""QONNX models by hand: the class of the network is the class of QONNX's executor."""

from pathlib import Path

import numpy as np
import pytest

from gen.intnet.interpret import interpret
from tests.gen.imports.qonnx.cases import CASES
from tests.gen.imports.qonnx.models import (
    CUSTOM,
    answers,
    brought,
    executed,
    model,
    node,
    quant,
    write,
)

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """The same numbers in every order of tests."""
    RNG.bit_generator.state = np.random.default_rng(0).bit_generator.state


def _weights(*shape: int) -> np.ndarray:
    return RNG.integers(-3, 4, shape).astype(np.float32)


def _two_layers(scale: float, bias: np.ndarray | None = None) -> list:
    head = [node("MatMul", "h w2", "s")]
    head += [node("Identity", "s", "y")] if bias is None else [node("Add", "s b", "y")]
    return [
        quant("x", "q", "sx", "four"),
        node("MatMul", "q w1", "m"),
        node("BatchNormalization", "m g c mean var", "n"),
        quant("n", "h", "sh", "two", narrow=1),
        *head,
    ]


def _constants(scale: float) -> dict[str, object]:
    return {
        "sx": scale,
        "sh": 0.75 * scale,
        "w1": _weights(6, 5) * np.float32(scale),
        "w2": _weights(5, 3),
        "g": RNG.normal(1, 0.6, 5).astype(np.float32),
        "c": RNG.normal(0, 1, 5).astype(np.float32),
        "mean": RNG.normal(0, 1, 5).astype(np.float32),
        "var": RNG.uniform(0.1, 3, 5).astype(np.float32),
    }


@pytest.mark.parametrize("scale", [1.0, 0.25, 0.1, 3.7])
def test_two_layers_answer_as_the_executor_does(tmp_path: Path, scale: float) -> None:
    made = model(_two_layers(scale), [1, 6], _constants(scale))
    rows = (RNG.normal(0, 4 * scale, (60, 6))).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    found = answers(net, rows)
    assert net.input_bits == 4
    score = found[net.score]
    # The network's scores are whole steps of the model's own.
    step = np.polyfit(score.ravel(), wanted.ravel(), 1)[0]
    assert np.allclose(score * step, wanted, atol=1e-6 * np.abs(wanted).max())
    top = np.take_along_axis(wanted, found["class"][:, None], 1)[:, 0]
    assert np.allclose(top, wanted.max(axis=1), atol=1e-6 * np.abs(wanted).max())


def test_a_bias_of_fractions_orders_the_classes_as_the_model_does(tmp_path: Path) -> None:
    bias = np.array([0.3, -1.62, 0.31], np.float32)
    made = model(_two_layers(1.0, bias), [1, 6], _constants(1.0) | {"b": bias})
    rows = RNG.normal(0, 4, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize("name", CASES)
def test_an_operator_answers_as_the_executor_does(tmp_path: Path, name: str) -> None:
    nodes, shape, constants = CASES[name]
    made = model(nodes, shape, constants)
    rows = np.random.default_rng(1).normal(0, 2, (12, *shape[1:])).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


CHOICES = {
    "argmax": [node("ArgMax", "s", "y", axis=1)],
    "softmax": [node("Softmax", "s", "p", axis=1), node("ArgMax", "p", "y", axis=1, keepdims=0)],
    "topk": [node("TopK", "s one", "v y", axis=1)],
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_model_s_own_choice_is_the_class(tmp_path: Path, name: str) -> None:
    nodes = [quant("x", "q", "one_f", "four"), node("MatMul", "q w", "s"), *CHOICES[name]]
    constants = {"one_f": 1.0, "one": np.array([1]), "w": _weights(6, 4)}
    made = model(nodes, [1, 6], constants, index="y")
    rows = RNG.normal(0, 4, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted[:, 0]).all()


def test_scores_that_are_the_codes_of_a_quantizer(tmp_path: Path) -> None:
    nodes = [
        quant("x", "q", "one", "four"),
        node("MatMul", "q w", "s"),
        quant("s", "y", "s3", "four"),
    ]
    made = model(nodes, [1, 6], {"one": 1.0, "s3": 3.0, "w": _weights(6, 4)})
    rows = RNG.normal(0, 4, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()
    assert (answers(net, rows)[net.score] * 3.0 == wanted).all()


def test_classes_of_their_own_scales_are_ranked(tmp_path: Path) -> None:
    weights = _weights(6, 3) * np.array([0.31, 0.27, 0.4], np.float32)
    made = model([quant("x", "q", "one", "four"), node("MatMul", "q w", "y")], [1, 6],
                 {"one": 1.0, "w": weights})  # fmt: skip
    rows = RNG.normal(0, 4, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


def test_of_equal_scores_the_model_s_one_is_taken(tmp_path: Path) -> None:
    nodes = [quant("x", "q", "one", "two"), node("MatMul", "q w", "s")]
    nodes.append(node("ArgMax", "s", "y", axis=1, select_last_index=1))
    made = model(nodes, [1, 3], {"one": 1.0, "w": _weights(3, 5)}, index="y")
    rows = RNG.normal(0, 2, (60, 3)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted[:, 0]).all()


INTEGERS = [quant("x", "q", "three", "ten"), node("MatMul", "q w", "y")]


@pytest.mark.parametrize(("kind", "low", "high"), [("uint8", 0, 255), ("int4", -8, 7)])
def test_an_input_that_is_said_to_be_integers(
    tmp_path: Path, kind: str, low: int, high: int
) -> None:
    constants = {"three": 3.0, "ten": 10.0, "w": _weights(4, 3)}
    made = model(INTEGERS, [1, 4], constants)
    rows = RNG.integers(low, high + 1, (40, 4))
    net = brought(write(tmp_path, made), options={"input": kind})
    assert (2**net.input_bits, net.input_signed) == (high - low + 1, low < 0)
    wanted = executed(made, rows)
    assert (interpret(net, rows)["class"] == wanted.argmax(axis=1)).all()
    assert "encoder" not in net.meta


def test_an_input_that_finn_says_is_bipolar(tmp_path: Path) -> None:
    made = model([node("MatMul", "x w", "y")], [1, 6], {"w": _weights(6, 3)})
    made.graph.quantization_annotation.add(tensor_name="x").quant_parameter_tensor_names.add(
        key="finn_datatype", value="BIPOLAR"
    )
    bits = RNG.integers(0, 2, (40, 6))
    net, wanted = brought(write(tmp_path, made)), executed(made, 2 * bits - 1)
    assert (interpret(net, bits)["class"] == wanted.argmax(axis=1)).all()


def test_codes_of_many_bits(tmp_path: Path) -> None:
    nodes = [
        quant("x", "q", "half", "four"),
        node("MatMul", "q w1", "s"),
        node("Mul", "s odd", "t"),
        quant("t", "h", "half", "twelve"),
        node("MatMul", "h w2", "y"),
    ]
    constants = {"half": 0.5, "odd": 37.3, "twelve": 12.0, "w1": _weights(6, 4)}
    made = model(nodes, [1, 6], constants | {"w2": _weights(4, 3)})
    rows = RNG.normal(0, 2, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


def test_an_input_of_uneven_values_that_two_layers_read(tmp_path: Path) -> None:
    nodes = [
        node("MultiThreshold", "x steps", "q", CUSTOM, out_dtype="INT4", out_bias=-2.0),
        node("MatMul", "q w", "a"),
        node("Transpose", "q", "t", perm=[0, 1]),
        node("MatMul", "t w2", "b"),
        node("Add", "a b", "y"),
    ]
    # One value is skipped, and of the codes of 2 bits one does not occur.
    steps = np.array([[-1, -1, 0.5]], np.float32)
    constants = {"steps": steps, "w": _weights(5, 3), "w2": _weights(5, 3)}
    made = model(nodes, [1, 5], constants)
    rows = RNG.normal(0, 2, (60, 5)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made), rows=200), executed(made, rows)
    assert net.input_bits == 2
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize("bits", [10, 13, 16])
@pytest.mark.parametrize("each", [False, True])
def test_weights_of_many_bits(tmp_path: Path, bits: int, each: bool) -> None:
    """Their quantizer says of which number they are multiples; floats alone do not tell."""
    nodes = [
        quant("x", "q", "half", "four"),
        quant("w", "wq", "sw", "bits", narrow=1),
        node("Transpose", "wq", "wt", perm=[1, 0]),
        node("MatMul", "q wt", "s"),
        quant("s", "h", "wide", "four"),
        node("MatMul", "h w2", "y"),
    ]
    scales = np.array([[0.0137], [0.0211], [0.0093], [0.0171]]) if each else np.array(0.0137)
    wide = 2.0 ** (bits - 4) * 0.0137
    constants = {
        "half": 0.5,
        "bits": float(bits),
        "sw": scales.astype(np.float32),
        "w": (RNG.normal(0, 0.3, (4, 6)) * scales * 2.0 ** (bits - 1)).astype(np.float32),
        "wide": wide,
        "w2": _weights(4, 3),
    }
    made = model(nodes, [1, 6], constants)
    rows = RNG.normal(0, 2, (60, 6)).astype(np.float32)
    net, wanted = brought(write(tmp_path, made)), executed(made, rows)
    assert (answers(net, rows)["class"] == wanted.argmax(axis=1)).all()


@pytest.mark.parametrize(
    ("last", "said", "threshold"),
    [("Identity", None, 0.0), ("Sigmoid", None, 0.5), ("Sigmoid", 0.8, 0.8), ("Neg", 1, 1.0)],
)
def test_one_score_is_decided_at_a_threshold(
    tmp_path: Path, last: str, said: float | None, threshold: float
) -> None:
    nodes = [
        quant("x", "q", "half", "four"), node("Gemm", "q w b", "s"), node(last, "s", "y")
    ]  # fmt: skip
    constants = {
        "half": 0.5,
        "w": _weights(6, 1) * np.float32(0.25),
        "b": np.array([0.3], np.float32),
    }
    made = model(nodes, [1, 6], constants)
    rows = RNG.normal(0, 2, (60, 6)).astype(np.float32)
    options = {} if said is None else {"threshold": said}
    net = brought(write(tmp_path, made), options=options, classes=("no", "yes"))
    wanted = executed(made, rows)[:, 0] > threshold
    assert 0 < wanted.mean() < 1
    assert (answers(net, rows)["class"] == wanted).all()
