"""Networks of Brevitas, exported by it: they go in as they are."""

import logging
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.gen.imports.qonnx.models import answers, brought


def _convolutional() -> torch.nn.Module:
    import brevitas.nn as qnn

    return torch.nn.Sequential(
        qnn.QuantIdentity(bit_width=4, return_quant_tensor=True),
        qnn.QuantConv2d(1, 4, 3, weight_bit_width=2, bias=False, padding=1),
        torch.nn.BatchNorm2d(4),
        qnn.QuantReLU(bit_width=2, return_quant_tensor=True),
        torch.nn.MaxPool2d(2),
        qnn.QuantConv2d(4, 6, 3, weight_bit_width=2, bias=True),
        torch.nn.BatchNorm2d(6),
        qnn.QuantReLU(bit_width=2, return_quant_tensor=True),
        torch.nn.Flatten(),
        qnn.QuantLinear(6, 4, bias=True, weight_bit_width=3),
    )


class _Residual(torch.nn.Module):
    """Fixed-point scales, a quantizer shared by both sides of a sum, and a head whose classes have
    scales of their own."""

    def __init__(self) -> None:
        super().__init__()
        import brevitas.nn as qnn
        from brevitas import quant

        act, weight = quant.Int8ActPerTensorFixedPoint, quant.Int8WeightPerTensorFixedPoint
        self.first = qnn.QuantIdentity(bit_width=8, act_quant=act, return_quant_tensor=True)
        self.between = qnn.QuantIdentity(bit_width=4, act_quant=act, return_quant_tensor=True)
        self.left, self.right = (
            qnn.QuantLinear(8, 8, bias=False, weight_bit_width=3, weight_quant=weight)
            for _ in range(2)
        )
        self.head = qnn.QuantLinear(
            8, 3, bias=False, weight_bit_width=4, weight_quant=quant.Int8WeightPerChannelFloat
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.between(self.left(self.first(x)))
        found: torch.Tensor = self.head(self.between(x + self.between(self.right(x))))
        return found


MODELS: dict[str, tuple[Callable[[], torch.nn.Module], tuple[int, ...]]] = {
    "convolutional": (_convolutional, (1, 6, 6)),
    "residual": (_Residual, (8,)),
}


@pytest.fixture(
    scope="module", params=["convolutional", pytest.param("residual", marks=pytest.mark.slow)]
)
def exported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[torch.nn.Module, Path]:
    """A module in eval mode after a few batches, and its file."""
    from brevitas.export import export_qonnx

    make, shape = MODELS[request.param]
    path = tmp_path_factory.mktemp("brevitas") / f"{request.param}.onnx"
    logging.disable(logging.ERROR)
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        module = make()
        for _ in range(5):
            module(torch.randn(32, *shape))
        module.eval()
        export_qonnx(module, torch.randn(1, *shape), export_path=str(path))
    logging.disable(logging.NOTSET)
    return module, path


def test_an_export_answers_as_the_module_does(exported: tuple[torch.nn.Module, Path]) -> None:
    module, path = exported
    net = brought(path)
    rows = np.random.default_rng(1).normal(0, 1.5, (500, net.n_inputs)).astype(np.float32)
    given = torch.tensor(rows).reshape(500, *MODELS[path.stem][1])
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = module(given)
    scores = getattr(wanted, "value", wanted).numpy().reshape(500, -1)
    found = answers(net, rows)
    top = np.take_along_axis(scores, found["class"][:, None], 1)[:, 0]
    assert np.allclose(top, scores.max(axis=1), rtol=1e-5, atol=1e-6)
