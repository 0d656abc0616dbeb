"""A module with layers of Brevitas, against its own forward."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from gen.data.encode import encoder_from_dict
from gen.imports.errors import ImportRefused
from gen.imports.imported import Imported
from gen.imports.module.graph import quiet
from gen.imports.module.read import read_module
from gen.intnet.interpret import bits_to_codes, interpret

FEATURES = np.random.default_rng(3).normal(0, 1.5, (300, 8)).astype(np.float32)


class Small(nn.Module):
    """A forward of its own around layers of Brevitas."""

    def __init__(self) -> None:
        super().__init__()
        import brevitas.nn as qnn

        self.given = qnn.QuantIdentity(bit_width=3, return_quant_tensor=True)
        self.first = qnn.QuantLinear(8, 6, bias=False, weight_bit_width=2)
        self.norm = nn.BatchNorm1d(6)
        self.act = qnn.QuantReLU(bit_width=2, return_quant_tensor=True)
        self.last = qnn.QuantLinear(6, 3, bias=False, weight_bit_width=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.last(self.act(self.norm(self.first(self.given(x)))))
        return made


@pytest.fixture(scope="module")
def found() -> tuple[nn.Module, Imported]:
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(0)
        module = Small()
        for _ in range(5):
            module(torch.randn(32, 8))
    rows = FEATURES, np.arange(300) % 3
    table = {"shape": [8], "classes": ["a", "b", "c"], "rows": rows}
    return module, read_module(module, table, Path(__file__), "test:make()")


def test_its_class_is_that_of_the_network(found: tuple[nn.Module, Imported]) -> None:
    module, made = found
    bits = encoder_from_dict(made.net.meta["encoder"]).encode(FEATURES)
    codes = bits_to_codes(bits, made.net.input_bits, made.net.input_signed)
    scores = interpret(made.net, codes)[made.net.score]
    with torch.no_grad(), quiet():
        own = module(torch.from_numpy(FEATURES)).numpy()
    chosen = own[np.arange(300), scores.argmax(axis=1)]
    assert (chosen >= own.max(axis=1) - 1e-5).all()
    assert len(set(scores.argmax(axis=1).tolist())) > 1
    assert made.net.meta["classes"] == ["a", "b", "c"]


def test_rows_are_features(found: tuple[nn.Module, Imported]) -> None:
    made = found[1]
    assert made.rows is not None
    assert made.runtime is not None
    assert made.rows.labels.tolist() == [*np.arange(300) % 3]
    values = interpret(made.net, made.rows.codes)
    assert (values[made.net.score] == made.runtime(made.rows.codes)).all()
    assert made.notes[-1].startswith("1,000 rows of random features: every class")


def test_its_inputs_are_not_said_twice(found: tuple[nn.Module, Imported]) -> None:
    with pytest.raises(ImportRefused, match="bits: a module of Brevitas says its inputs"):
        read_module(found[0], {"shape": [8], "bits": 2}, Path(__file__), "test:make()")
