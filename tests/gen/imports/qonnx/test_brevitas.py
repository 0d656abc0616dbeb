"""Networks of Brevitas, exported by it: they go in as they are."""

import logging
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.gen.imports.qonnx.models import answers, brought


def _dense() -> torch.nn.Module:
    import brevitas.nn as qnn

    return torch.nn.Sequential(
        qnn.QuantIdentity(bit_width=4, return_quant_tensor=True),
        qnn.QuantLinear(16, 12, bias=True, weight_bit_width=3),
        torch.nn.BatchNorm1d(12),
        qnn.QuantReLU(bit_width=2, return_quant_tensor=True),
        qnn.QuantLinear(12, 4, bias=False, weight_bit_width=3),
    )


MODELS = {"dense": (_dense, (16,))}


@pytest.fixture(scope="module", params=MODELS)
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
