"""Carrying out a schedule: hardness, who learns, and the learning rate, epoch by epoch."""

import math
from collections.abc import Iterable
from itertools import accumulate

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from gen.nets.hardness import Quantized, set_hardness, softest
from gen.nets.recipe import Schedule
from gen.nets.schedules import phases
from gen.nets.schedules.phase import SOFT, Phase

__all__ = ["Plan", "calibrate", "stages"]


def stages(network: nn.Module) -> list[list[nn.Module]]:
    """The network's children in stages: each opens with a module that has quantized weights.

    What stands before the first of them belongs to it. None where nothing is quantized.
    """
    found: list[list[nn.Module]] = []
    before: list[nn.Module] = []
    for child in network.children():
        if _has_weights(child):
            found.append([*before, child])
            before = []
        else:
            (found[-1] if found else before).append(child)
    return found


def _has_weights(module: nn.Module) -> bool:
    return any(
        isinstance(one, Quantized) and any(True for _ in one.parameters(recurse=False))
        for one in module.modules()
    )


class Plan:
    """A schedule on one network; `steps` is the number of batches in an epoch. With `soft` it is
    float throughout."""

    def __init__(
        self, network: nn.Module, schedule: Schedule, steps: int, soft: bool = False
    ) -> None:
        self.network = network
        self.steps = steps
        self.stages = stages(network)
        whole = (Phase(schedule.epochs, SOFT),)
        self.phases = whole if soft else phases(schedule, len(self.stages))
        self.starts = [0, *accumulate(phase.epochs for phase in self.phases)]

    def phase_at(self, epoch: int) -> int:
        """The number of the phase that an epoch lies in; of the last one for any later epoch."""
        return sum(start <= epoch for start in self.starts[1:-1])

    def window(self) -> tuple[int, int]:
        """First epoch and end of the time to prune: the second and third fifth of the first phase
        after the warm start, before anything is frozen."""
        number = min(sum(phase.hardness is SOFT for phase in self.phases), len(self.phases) - 1)
        begun, epochs = self.starts[number], self.phases[number].epochs
        first = begun + epochs // 5
        return first, max(first + 1, begun + epochs * 3 // 5)

    def rate(self, step: int) -> float:
        """The factor of the learning rate before a step: half a cosine over each phase."""
        number = self.phase_at(step // self.steps)
        begun = step - self.starts[number] * self.steps
        return 0.5 * (1 + math.cos(math.pi * begun / (self.phases[number].epochs * self.steps)))

    def start_epoch(self, epoch: int) -> None:
        """Set hardness and training mode of every stage, and which parameters learn."""
        number = self.phase_at(epoch)
        phase = self.phases[number]
        done = (epoch + 1 - self.starts[number]) / phase.epochs
        for index, stage in enumerate(self.stages):
            for module in stage:
                set_hardness(module, phase.hardness(index, done))
                module.train(index >= phase.frozen)
                module.requires_grad_(index >= phase.frozen)

    def finish(self) -> bool:
        """Harden everything, in training mode; whether anything had been soft until now."""
        soft = softest(self.network)[1] != 1
        set_hardness(self.network, 1.0)
        self.network.train()
        self.network.requires_grad_(True)
        return soft


def calibrate(network: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """Take batch norm's running statistics anew, as the mean over batches of inputs (n, n_in)."""
    norms = [module for module in network.modules() if isinstance(module, _BatchNorm)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean
    network.train()
    with torch.no_grad():
        for bits in batches:
            network(bits)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
