"""Every layer: trained network == frozen network == interpreter == melted logic, on all inputs
where these are few; gradients; what is refused wherever it stands."""

import numpy as np
import pytest
import torch
from torch import nn

from gen.intnet.interpret import codes_to_bits, run_steps
from gen.intnet.network import IntNet
from gen.logic.evaluate import evaluate
from gen.logic.graph import Graph
from gen.logic.sections import flatten
from gen.melt.melt import melt, output_names, registers
from gen.melt.proof.check import check_melted
from gen.nets.freezing.freeze import FreezeError, freeze_network, verify
from gen.nets.freezing.frozen import FrozenNet
from gen.nets.layers import EachStep, Recurrent, SumNorm
from tests.gen.intnet.nets import every_code
from tests.gen.nets.layers.cases import CASES, Case, settled

LISTED_BITS = 12
RANDOM = 300
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

Answers = list[dict[str, np.ndarray]]


def inputs(case: Case) -> np.ndarray:
    """All codes where they have few bits, else random ones."""
    if case.n_in * case.bits <= LISTED_BITS:
        return every_code(case.n_in, case.bits, case.signed)
    low = -(1 << (case.bits - 1)) if case.signed else 0
    size = RANDOM, case.n_in
    return np.random.default_rng(0).integers(low, low + (1 << case.bits), size)


def frozen(case: Case, network: nn.Module) -> IntNet:
    return freeze_network(network, case.n_in, {}, case.bits, case.signed)


def trained_answers(case: Case, network: nn.Module, net: IntNet, codes: np.ndarray) -> Answers:
    """What the network's own forward says after every step, by the names of the outputs."""
    x = torch.from_numpy(codes).float()
    with torch.no_grad():
        found = [network(x)] if not net.states else _after_each_step(network, x)
    return [_named(net, value, case.signs) for value in found]


def _after_each_step(network: nn.Module, x: torch.Tensor) -> list[torch.Tensor]:
    """What it says to ever longer beginnings of the sequence."""
    layers = [one for one in network.modules() if isinstance(one, (Recurrent, EachStep))]
    steps, found = layers[0].steps, []
    for length in range(1, steps + 1):
        for one in layers:
            one.steps = length
        answer = network(x[:, : x.shape[1] // steps * length])
        found.append(answer[-len(x) :])
    if len(answer) > len(x):  # one at each step
        assert torch.equal(answer, torch.cat(found))
    return found


def _named(net: IntNet, value: torch.Tensor, signs: bool) -> dict[str, np.ndarray]:
    flat = value.flatten(1).numpy()
    if "class" not in net.outputs:
        return {net.outputs[0]: (flat + 1) / 2 if signs else flat}
    return {"class": flat.argmax(1)[:, None], "score": flat}


def by_step(net: IntNet, codes: np.ndarray) -> np.ndarray:
    return codes.reshape(len(codes), -1, net.n_inputs).transpose(1, 0, 2)


def melted_answers(net: IntNet, graph: Graph, codes: np.ndarray) -> Answers:
    """The flat graph's outputs as numbers, its registers carried from step to step."""
    states, found = len(registers(net)), []
    held = np.zeros((len(codes), states), np.uint8)
    for number, step in enumerate(by_step(net, codes)):
        bits = codes_to_bits(step, net.input_bits)
        reset = np.full((len(codes), 1), number == 0, np.uint8)
        given = np.concatenate([bits, reset, held], 1) if states else bits
        answer = evaluate(graph, given)
        columns = dict(zip(graph.output_names, answer.T, strict=True))
        found.append({name: _numbers(net, name, columns) for name in net.outputs})
        held = answer[:, answer.shape[1] - states :]
    return found


def _numbers(net: IntNet, name: str, columns: dict[str, np.ndarray]) -> np.ndarray:
    signal = net.signals[name]
    words = []
    for bits in output_names(net, name):
        places = [columns[bit].astype(np.int64) << k for k, bit in enumerate(bits)]
        if signal.signed or not signal.bits:
            places[-1] = -places[-1]
        words.append(sum(places))
    return np.stack(words, 1)


@EACH
def test_all_five_forms_agree(case: Case) -> None:
    for seed in range(2):
        network = settled(case, seed)
        net = frozen(case, network)
        codes = inputs(case)
        wanted = trained_answers(case, network, net, codes)
        steps = by_step(net, codes)
        with torch.no_grad():
            module = FrozenNet(net).steps(torch.from_numpy(steps.copy()))
        forms = {
            "frozen": [{k: v.numpy() for k, v in one.items()} for one in module],
            "interpreter": run_steps(net, steps),
            "melted": melted_answers(net, flatten(melt(net)), codes),
        }
        for form, answers in forms.items():
            for step, (want, got) in enumerate(zip(wanted, answers, strict=True)):
                for name in net.outputs:
                    value = got[name].reshape(len(codes), -1)
                    assert np.array_equal(value, want[name]), (form, step, name)


@EACH
def test_every_module_inside_agrees_and_so_does_the_cut_graph(case: Case) -> None:
    network = settled(case, 2)
    net = frozen(case, network)
    verify(network, net, codes_to_bits(inputs(case), case.bits))
    check_melted(net, melt(net))


@EACH
def test_gradients_reach_every_parameter(case: Case) -> None:
    network = settled(case).train()
    codes = torch.from_numpy(inputs(case)).float()
    scores = network(codes)
    head = list(network.modules())[-1]
    scores = head.logits(scores) if hasattr(head, "logits") else scores
    weights = torch.randn(scores.shape, generator=torch.Generator().manual_seed(0))
    if any(True for _ in network.parameters()):
        (scores * weights).sum().backward()
    for name, parameter in network.named_parameters():
        if name.endswith("log_temperature") and not hasattr(head, "logits"):
            continue  # It is for the loss of scores that come last.
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.any(), name


@EACH
def test_training_differs_from_evaluation_by_batch_statistics_alone(case: Case) -> None:
    network = settled(case)
    codes = torch.from_numpy(inputs(case)).float()
    evaluated = network(codes)
    network.train()
    for module in network.modules():
        if isinstance(module, SumNorm):
            module.eval()
    assert torch.equal(network(codes), evaluated)


@EACH
def test_training_mode_anywhere_wrong(case: Case) -> None:
    for path, module in settled(case).named_modules():
        network = settled(case)
        network.get_submodule(path).training = True
        if next(module.children(), None) is None and not path.endswith(HELPERS):
            with pytest.raises(FreezeError, match="in training mode; call eval"):
                frozen(case, network)


HELPERS = ("bit", "activation")  # parts of a module that no rule looks at


@EACH
def test_what_is_no_number_wrong(case: Case) -> None:
    for name, value in settled(case).named_parameters():
        network = settled(case)
        place = [size - 1 for size in value.shape]
        with torch.no_grad():
            network.get_parameter(name)[tuple(place)] = float("nan")
        path, _, own = name.rpartition(".")
        with pytest.raises(FreezeError) as caught:
            frozen(case, network)
        assert str(caught.value) == f"{path or 'the network'}: {own}{place} is nan, not a number"


@EACH
def test_inputs_of_another_number_wrong(case: Case) -> None:
    if case.name in ("an activation of codes",):
        return
    with pytest.raises(FreezeError):
        freeze_network(settled(case), case.n_in + 1, {}, case.bits, case.signed)
