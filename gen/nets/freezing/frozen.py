"""The frozen network in PyTorch: an integer network run by torch operations alone.

This is the reference that everything after freezing is compared with. Codes and sums are float32
tensors that hold integers (|sum| < 2^24), so each operation is exact.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.intnet.network import (
    Add,
    Argmax,
    Concat,
    Conv,
    IntNet,
    Levels,
    Linear,
    Max,
    NetError,
    Node,
    Table,
    Words,
)

__all__ = ["FrozenNet"]


class FrozenNet(nn.Module):
    """Codes (n, n_inputs), any number type, to the network's first output; made from an IntNet."""

    def __init__(self, net: IntNet) -> None:
        super().__init__()
        self.reads = [node.inputs for node in net.nodes]
        self.names = [node.name for node in net.nodes]
        self.nodes = nn.ModuleList(_module(node) for node in net.nodes)
        self.output = net.outputs[0]
        self.next = {state.name: state.next for state in net.states}
        self.reset = {s.name: _tensor(s.reset) for s in net.states}

    def signals(
        self, x: torch.Tensor, states: dict[str, torch.Tensor] | None = None
    ) -> dict[str, torch.Tensor]:
        """Every node's output by name: float32 (n, size), an argmax int64 (n,).

        A recurrent network makes one step from `states` (name -> (n, size)), or from reset.
        """
        found = {"x": x.float()}
        found |= states or {k: reset.expand(len(x), -1) for k, reset in self.reset.items()}
        for name, reads, node in zip(self.names, self.reads, self.nodes, strict=True):
            found[name] = node(*(_columns(found[read]) for read in reads))
        return found

    def steps(self, x: torch.Tensor) -> list[dict[str, torch.Tensor]]:
        """What `signals` gives at each step, from reset, for codes (steps, n, n_inputs)."""
        states, found = None, []
        for step in x:
            values = self.signals(step, states)
            states = self.after(values)
            found.append(values)
        return found

    def after(self, values: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The states after a step of these values."""
        return {name: _columns(values[node]) for name, node in self.next.items()}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.signals(x)[self.output]


class FrozenLinear(nn.Module):
    """sum = x @ weight.T + bias."""

    def __init__(self, node: Linear) -> None:
        super().__init__()
        self.register_buffer("weight", _tensor(node.weight))
        self.register_buffer("bias", _tensor(node.bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.get_buffer("weight"), self.get_buffer("bias"))


class FrozenLevels(nn.Module):
    """codes[i, number of edges[i] that are <= sum[i]]."""

    def __init__(self, node: Levels) -> None:
        super().__init__()
        # searchsorted in float64: the padding 2^31 - 1 is no float32.
        self.register_buffer("edges", torch.from_numpy(node.edges.astype(np.float64)))
        self.register_buffer("codes", _tensor(node.codes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        sums = x.T.double().contiguous()
        reached = torch.searchsorted(self.get_buffer("edges"), sums, right=True)
        return torch.gather(self.get_buffer("codes"), 1, reached).T


class FrozenConv(nn.Module):
    """A cross-correlation over (channels, height, width), padded with zeros."""

    def __init__(self, node: Conv) -> None:
        super().__init__()
        self.node = node
        self.register_buffer("weight", _tensor(node.weight))
        self.register_buffer("bias", _tensor(node.bias))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        node = self.node
        images = x.reshape(len(x), *node.shape)
        sums = F.conv2d(
            images,
            self.get_buffer("weight"),
            self.get_buffer("bias"),
            node.stride,
            node.padding,
            groups=node.groups,
        )
        return sums.flatten(1)


class FrozenWords(nn.Module):
    """The integers of some bits each."""

    def __init__(self, node: Words) -> None:
        super().__init__()
        place, width = np.arange(max(1, int(node.width.max(initial=0)))), node.width[:, None]
        has = place < width
        top = (node.signed[:, None] == 1) & (place == width - 1)
        self.register_buffer(
            "bits", torch.from_numpy(np.where(has, node.first[:, None] + place, 0))
        )
        self.register_buffer("weights", _tensor(np.where(has, np.where(top, -1, 1) << place, 0)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, self.get_buffer("bits")] * self.get_buffer("weights")).sum(2)


class FrozenTable(nn.Module):
    """tables[i] at the address made of the codes that wiring[i] names."""

    def __init__(self, node: Table) -> None:
        super().__init__()
        self.width = node.width
        self.register_buffer("wiring", torch.from_numpy(node.wiring.astype(np.int64)))
        self.register_buffer("tables", _tensor(node.tables))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        modulus = 2**self.width
        codes = x.long().remainder(modulus)[:, self.get_buffer("wiring")]
        places = modulus ** torch.arange(codes.shape[2])
        address = (codes * places).sum(2)
        return torch.gather(self.get_buffer("tables"), 1, address.T).T


class FrozenConcat(nn.Module):
    """All inputs, one after the other."""

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return torch.cat(given, dim=1)


class FrozenAdd(nn.Module):
    """The sum of all inputs."""

    def forward(self, *given: torch.Tensor) -> torch.Tensor:
        return torch.stack(given).sum(0)


class FrozenMax(nn.Module):
    """The largest of the elements that wiring[i] names."""

    def __init__(self, node: Max) -> None:
        super().__init__()
        self.register_buffer("wiring", torch.from_numpy(node.wiring.astype(np.int64)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[:, self.get_buffer("wiring")].amax(2)


class FrozenArgmax(nn.Module):
    """The class; the lowest index wins a tie, or the last."""

    def __init__(self, node: Argmax) -> None:
        super().__init__()
        self.last = node.last

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.shape[1] - 1 - x.flip(1).argmax(1) if self.last else x.argmax(1)


def _module(node: Node) -> nn.Module:
    match node:
        case Linear():
            return FrozenLinear(node)
        case Conv():
            return FrozenConv(node)
        case Words():
            return FrozenWords(node)
        case Levels():
            return FrozenLevels(node)
        case Table():
            return FrozenTable(node)
        case Concat():
            return FrozenConcat()
        case Add():
            return FrozenAdd()
        case Max():
            return FrozenMax(node)
        case Argmax():
            return FrozenArgmax(node)
    raise NetError(f"{node.name}: no torch module for a {type(node).__name__}")


def _columns(value: torch.Tensor) -> torch.Tensor:
    """The value as (n, size), an argmax's too, as the numbers that every node reads."""
    return (value[:, None] if value.ndim == 1 else value).float()


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array.astype(np.float32))
