"""What is refused: one line with the node's name, why, and what to do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

from gen.imports.errors import ImportRefused
from gen.imports.readers import files_of
from gen.imports.said import plain
from tests.gen.imports.qonnx.models import CUSTOM, brought, model, node, quant, write

RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(-3, 4, (6, 4)).astype(np.float32)
BASE = {"one": 1.0, "w": WEIGHTS, "w2": WEIGHTS[:4, :3], "g": np.ones(4, np.float32)}
Q, M = quant("x", "q", "one", "four"), node("MatMul", "q w", "y")
SUMS = [Q, node("MatMul", "q w", "s")]


# Nodes, constants, and what is said.
MODELS: dict[str, tuple[Sequence[NodeProto], dict[str, Any], str]] = {
    "operator": (
        [Q, node("Einsum", "q w", "y", equation="ij,jk->ik")],
        {},
        "Einsum_y (Einsum): this operator is not read; docs/import.md lists those that are",
    ),
    "domain": (
        [Q, node("Evil", "q", "y", "os.path")],
        {},
        "Evil_y (Evil): of domain 'os.path'; read are ONNX's own and",
    ),
    "custom operator": (
        [Q, node("XnorPopcountMatMul", "q w", "y", CUSTOM)],
        {},
        "XnorPopcountMatMul_y (XnorPopcountMatMul): unknown; of its domain Quant,",
    ),
    "scale of 0": ([Q, M], {"one": 0.0}, "Quant_q (Quant): scale 0; scales are above 0"),
    "scale below 0": ([Q, M], {"one": -1.0}, "Quant_q (Quant): scale -1; scales are above 0"),
    "scale NaN": ([Q, M], {"one": np.nan}, "Quant_q (Quant): scale is not a finite number"),
    "scale infinite": ([Q, M], {"one": np.inf}, "Quant_q (Quant): scale is not a finite number"),
    "bit width": ([Q, M], {"four": 2.5}, "Quant_q (Quant): bit width [2.5]; one whole number"),
    "weights off the grid": (
        [Q, M],
        {"w": RNG.normal(size=(6, 4)).astype(np.float32)},
        "MatMul_y (MatMul): weights off the grid (",
    ),
    "weight NaN": (
        [Q, M],
        {"w": np.full((6, 4), np.nan, np.float32)},
        "MatMul_y (MatMul): a weight is not a finite number",
    ),
    "double": (
        [Q, M],
        {"w": WEIGHTS.astype(np.float64)},
        "MatMul_y (MatMul): weights are float64; export the model with float32 throughout",
    ),
    "shapes": (
        [Q, M],
        {"w": WEIGHTS[:5]},
        "MatMul_y (MatMul): a tensor of shape (1, 6) times (5, 4)",
    ),
    "activation unquantized": (
        [*SUMS, node("Sigmoid", "s", "t"), node("MatMul", "t w2", "y")],
        {},
        "without a common step where MatMul_y (MatMul) reads it; put a Quant, BipolarQuant or",
    ),
    "input unquantized": (
        [node("MatMul", "x w", "y")],
        {},
        "MatMul_y (MatMul): reads the input before anything quantizes it; put a Quant node",
    ),
    "input quantized twice": (
        [
            *SUMS,
            quant("x", "q2", "one", "two"),
            node("MatMul", "q2 w", "b"),
            node("Add", "s b", "y"),
        ],
        {},
        "Quant_q2 (Quant): the input is quantized a second time; quantize it once",
    ),
    "answer on one side": (
        [Q, node("MatMul", "q w1", "s"), node("Exp", "s", "y")],
        {"w1": WEIGHTS[:, :1] / 64},
        "Exp_y (Exp): the score is never on both sides of 0; say another `threshold`",
    ),
    "scales of channels": (
        [node("Quant", "x each zero four", "q", CUSTOM, signed=1, narrow=0), M],
        {"each": np.array([[0.1, 0.2317, 0.3, 0.41, 0.53, 0.6071]], np.float32)},
        "MatMul_y (MatMul): one sum reads multiples of 0.1 and of 0.2317, which have",
    ),
    "score infinite": (
        [*SUMS, node("Exp", "s", "y")],
        {},
        "Exp_y (Exp): gives a score that is not a finite number",
    ),
    "product": (
        [*SUMS, node("MatMul", "q g6", "t"), node("Mul", "s t", "y")],
        {"g6": WEIGHTS},
        "Mul_y (Mul): of two computed tensors, which is read where both are quantized to up to 8",
    ),
    "softmax inside": (
        [*SUMS, node("Softmax", "s", "t"), node("MatMul", "t w2", "y")],
        {},
        "MatMul_y (MatMul): goes on behind Softmax_t (Softmax); end the model there",
    ),
    "best of several": (
        [*SUMS, node("TopK", "s k", "y at")],
        {"k": np.array([2])},
        "TopK_y at (TopK): the best 2; only the largest one is read: k=1",
    ),
    "shapes of two tensors": (
        [*SUMS, node("MatMul", "q g6", "t"), node("Add", "s t", "y")],
        {"g6": np.ones((6, 3), np.float32)},
        "Add_y (Add): cannot be read as it is used here (ValueError: shape mismatch",
    ),
    "three tensors": (
        [*SUMS, node("MatMul", "q g6", "t"), node("Sum", "s t s", "y")],
        {"g6": WEIGHTS},
        "Sum_y (Sum): of 3 computed tensors; Concat is read so, and of two Add, Sub, and others",
    ),
    "training": (
        [*SUMS, node("BatchNormalization", "s g g g g", "y", training_mode=1)],
        {},
        "BatchNormalization_y (BatchNormalization): in training mode; export after model.eval()",
    ),
    "variance": (
        [*SUMS, node("BatchNormalization", "s g g g v", "y")],
        {"v": -np.ones(4, np.float32)},
        "BatchNormalization_y (BatchNormalization): a variance is negative",
    ),
    "rounding": (
        [node("Quant", "x one zero four", "q", CUSTOM, signed=1, narrow=0, rounding_mode="ODD"), M],
        {},
        "Quant_q (Quant): the runtime does not run it: Could not resolve rounding mode called: ODD",
    ),
    "huge constant": (
        [Q, node("ConstantOfShape", "size", "c"), node("MatMul", "q c", "y")],
        {"size": np.array([1 << 20, 1 << 20])},
        "ConstantOfShape_c (ConstantOfShape): makes an array that is too large",
    ),
    "loop": ([Q, node("Loop", "q", "y")], {}, "Loop_y (Loop): this operator is not read"),
    "cycle": (
        [node("Add", "q z", "t"), node("Add", "t q", "z"), Q, node("MatMul", "t w", "y")],
        {},
        "Add_t (Add): reads 'q', which only a later node gives: the nodes are in a cycle, or out",
    ),
    "name twice": ([Q, Q, M], {}, "Quant_q (Quant): gives 'q', which is given already"),
    "weights missing": (
        [Q, node("MatMul", "q gone", "y")],
        {},
        "MatMul_y (MatMul): reads 'gone', which nothing gives",
    ),
    "output constant": ([Q, node("Identity", "w", "y")], {}, "an output is constant"),
}


def _refusal(path: Path, **said: Any) -> str:
    with pytest.raises(ImportRefused) as caught:
        brought(path, **said)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_refused_by_the_node_s_name(tmp_path: Path, name: str) -> None:
    nodes, constants, said = MODELS[name]
    assert said in _refusal(write(tmp_path, model(nodes, [1, 6], BASE | constants)))


SHAPES: dict[str, tuple[Sequence[int | str], str]] = {
    "dynamic": ([1, "features"], "input 'x': dimension 1 (features) is dynamic; export with a"),
    "batch": ([4, 6], "input 'x': a batch of 4; export with a batch of 1"),
    "huge": ([1, 1 << 30], "input 'x': of shape [1, 1073741824] is too large"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_input_s_shape_is_refused_by_its_dimension(tmp_path: Path, name: str) -> None:
    shape, said = SHAPES[name]
    assert said in _refusal(write(tmp_path, model([Q, M], shape, BASE)))


def test_an_open_batch_is_a_batch_of_one(tmp_path: Path) -> None:
    assert brought(write(tmp_path, model([Q, M], ["batch", 6], BASE))).n_inputs == 6


def test_operator_sets_that_the_runtime_does_not_run(tmp_path: Path) -> None:
    said = _refusal(write(tmp_path, model([Q, M], [1, 6], BASE, opset=6)))
    assert "operator set 6; 7 and later are read: export with opset_version=13" in said
    later = _refusal(write(tmp_path, model([Q, M], [1, 6], BASE, opset=99)))
    assert "QONNX's executor does not run the model" in later


def test_a_model_of_two_inputs(tmp_path: Path) -> None:
    made = model([Q, M], [1, 6], BASE)
    made.graph.input.append(helper.make_tensor_value_info("x2", TensorProto.FLOAT, [1, 6]))
    assert "inputs 'x', 'x2'; a model of one input is read" in _refusal(write(tmp_path, made))


def test_classes_that_are_not_the_model_s(tmp_path: Path) -> None:
    path = write(tmp_path, model([Q, M], [1, 6], BASE))
    assert "2 classes are named, a, b, ...; the model has 4 scores" in _refusal(
        path, classes=("a", "b")
    )
    assert brought(path, classes=("a", "b", "c", "d")).meta["classes"] == ["a", "b", "c", "d"]


def test_classes_of_the_file_s_metadata(tmp_path: Path) -> None:
    made = model([Q, M], [1, 6], BASE)
    made.metadata_props.add(key="classes", value="a, b, c, d")
    assert brought(write(tmp_path, made)).meta["classes"] == ["a", "b", "c", "d"]


def _outside(location: str) -> ModelProto:
    """The model with its weights in a file of this name."""
    made = model([Q, M], [1, 6], BASE)
    tensor = next(one for one in made.graph.initializer if one.name == "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return made


@pytest.mark.parametrize("location", ["../w.bin", "/etc/passwd", "link.bin", ""])
def test_weights_outside_the_model_s_folder_are_not_read(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    (folder / "link.bin").symlink_to(tmp_path / "w.bin")
    said = _refusal(write(folder, _outside(location)))
    assert f"initializer 'w': its data {location!r} lies outside the model's folder" in said


def test_weights_beside_the_model_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, _outside("w.bin"))
    assert "its data 'w.bin' is not beside the model; copy it there" in _refusal(path)
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes()[:-3])
    assert "initializer 'w': is damaged" in _refusal(path)
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    assert brought(path).n_classes == 4


def test_weights_beside_the_model_are_part_of_what_it_is_told_by(tmp_path: Path) -> None:
    path = write(tmp_path, _outside("w.bin"))
    assert files_of(plain(str(path))) == [path]
    (tmp_path / "w.bin").write_bytes(WEIGHTS.tobytes())
    assert files_of(plain(str(path))) == [path, tmp_path / "w.bin"]


def test_rows_beside_the_model_come_along(tmp_path: Path) -> None:
    path = write(tmp_path, model([Q, M], [1, 6], BASE))
    for at in range(3):
        folder = tmp_path / f"test_data_set_{at}"
        folder.mkdir()
        row = np.full((1, 6), at - 1, np.float32)
        (folder / "input_0.pb").write_bytes(numpy_helper.from_array(row).SerializeToString())
    assert len(files_of(plain(str(path)))) == 4
    assert len(brought(path, rows=5).meta["recorded"]["inputs"]) == 8
    (tmp_path / "test_data_set_1/input_0.pb").write_bytes(b"damaged")
    assert "test_data_set_1/input_0.pb: no tensor (" in _refusal(path)
    other = numpy_helper.from_array(np.zeros((1, 7), np.float32)).SerializeToString()
    (tmp_path / "test_data_set_1/input_0.pb").write_bytes(other)
    assert "float32 (1, 7), the model's input is float32 (1, 6)" in _refusal(path)
