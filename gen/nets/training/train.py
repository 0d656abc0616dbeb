"""Training: seeded, on one thread, the same bytes each time on one machine.

The encoder is fitted to the training rows alone, and nothing here sees a test row: no choice among
seeds, and the epoch that is kept is the last, or chosen by `[schedule] validation` rows of the
training part.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from gen.console import progress
from gen.data.coarse import coarsened
from gen.data.encode import Encoder
from gen.data.names import nearest
from gen.data.own.columns import Columns
from gen.data.sensors import measured, on_chip
from gen.data.thresholds import fit_by_feature, fit_encoder
from gen.errors import SmeltError
from gen.nets.answers import part_right
from gen.nets.chip import found_as_quantiles, leave_out_unread, sensors_of, with_encoder
from gen.nets.freezing.freeze import walked
from gen.nets.layers.group_sum import GroupSum, MajorityVote
from gen.nets.layers.heads import Scores
from gen.nets.layers.lut import LutLayer, offer_inputs, settle
from gen.nets.model import build, build_float
from gen.nets.recipe import Recipe, RecipeError, Schedule
from gen.nets.schedules.plan import Plan, calibrate
from gen.nets.starts.begin import begin_from
from gen.nets.starts.read import read_start
from gen.nets.training.batches import Batch, Batches
from gen.nets.training.budget import GateBudget
from gen.nets.training.descent import descend
from gen.nets.training.judged import Judge, held_out
from gen.nets.training.localize import Routing
from gen.nets.training.teacher import make_teacher

MANY = 100_000
"""Wiring latents from which on Adam's fused step, ten times as fast as the plain one, is taken."""

__all__ = [
    "TrainError",
    "Trained",
    "accuracy",
    "adam",
    "behind_encoder",
    "bits_per_symbol",
    "check_finite",
    "deterministic",
    "encoder_for",
    "loss_of",
    "train",
]


class TrainError(SmeltError):
    """Training went wrong: the loss or a weight is no longer a number."""


@dataclass(frozen=True)
class Trained:
    """A trained network in evaluation mode, its encoder, and the accuracy on its training rows;
    `begun` has what `gen.nets.starts` tells of what it went on from, `teacher` is the float network
    that it learned from, features float32 (n, F) to logits."""

    model: nn.Sequential
    encoder: Encoder
    train_accuracy: float
    begun: Mapping[str, float] = field(default_factory=dict)
    teacher: nn.Module | None = None


@contextmanager
def deterministic(seed: int) -> Iterator[torch.Generator]:
    """One thread, deterministic kernels, seeded initial weights; settings are restored after."""
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    state = torch.get_rng_state()
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.manual_seed(seed)
    try:
        yield torch.Generator().manual_seed(seed)
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(strict)
        torch.set_rng_state(state)


def train(
    recipe: Recipe,
    features: np.ndarray,
    labels: np.ndarray,
    n_classes: int,
    float_twin: bool = False,
    label: str = "training",
    columns: Columns | None = None,
    soft: bool = False,
    tested: tuple[np.ndarray, np.ndarray] | None = None,
    groups: np.ndarray | None = None,
    fine: np.ndarray | None = None,
) -> Trained:
    """Train `recipe`, or its float twin, on features (n, F) and labels int64 (n,), of a text
    (n, steps) with -1 where no answer counts. With `soft` nothing is ever quantized; `tested` are
    the rows of a test part, on which it is told what the training went on from. Rows of one number
    in `groups` (n,) stay together where the epoch that is kept is chosen by some of them. `fine`
    uint8 (n, height, width) are images that features are means of, changed in their place.

    `columns` says what the features are where they are a table's; `label` names the progress bar.
    Raises RecipeError where shapes do not fit, TrainError where the loss or a weight is no longer a
    finite number.
    """
    kept, judged = held_out(recipe, labels, groups)
    held = features[judged], labels[judged]
    features, labels = features[kept], labels[kept]
    encoder = encoder_for(recipe, features, labels, columns)
    features = encoder.measured(features)
    judge_bits = encoder.between.encode(encoder.measured(held[0]))
    with deterministic(recipe.schedule.seed) as generator:
        model = (build_float if float_twin else build)(recipe, encoder.host.n_bits, n_classes)
        batches = Batches(encoder.between, features, labels, recipe, generator)
        batches.fine = None if fine is None else torch.from_numpy(fine[kept])
        if not float_twin and not soft:
            batches.teacher = make_teacher(recipe, batches, n_classes, label)
            offer_inputs(model, lambda: batches.telling)
        begun = {} if float_twin else _begin(recipe, model, encoder, batches, n_classes, tested)
        judge = Judge(model, judge_bits, held[1], recipe.schedule)
        if recipe.schedule.epochs:
            _fit(model, batches, recipe, judge, label, soft)
        if not float_twin and not soft:
            descend(model, batches, recipe, judge, label)
        check_finite(model)
        settle(model)
    model.eval()
    whole = behind_encoder(model, encoder, recipe.data.steps, not float_twin and not soft)
    right = accuracy(whole, encoder, features, labels)
    return Trained(whole, encoder, right, begun, batches.teacher)


def _begin(
    recipe: Recipe,
    model: nn.Sequential,
    encoder: Encoder,
    batches: Batches,
    n_classes: int,
    tested: tuple[np.ndarray, np.ndarray] | None,
) -> dict[str, float]:
    """Go on from `[schedule] start`, where there is one."""
    start = read_start(recipe)
    if start is None:
        return {}
    if tested is None:
        return begin_from(model, start, batches.in_order)
    features, labels = encoder.measured(tested[0]), tested[1]
    right = partial(accuracy, encoder=encoder.between, features=features, labels=labels)
    twin = partial(build_float, recipe, encoder.host.n_bits, n_classes)
    with torch.random.fork_rng(devices=[]):
        return begin_from(model, start, batches.in_order, right, twin)


def behind_encoder(
    model: nn.Sequential, encoder: Encoder, steps: int, quantized: bool = True
) -> nn.Sequential:
    """A network in evaluation mode that reads what `encoder.encode` gives: where the encoder is on
    the chip, behind the comparators that it reads."""
    whole = with_encoder(model, encoder, steps)
    if encoder.where == "chip" and quantized:
        leave_out_unread(whole, walked(whole, encoder.n_bits, 1, False))
    return whole


def encoder_for(
    recipe: Recipe, features: np.ndarray, labels: np.ndarray, columns: Columns | None
) -> Encoder:
    """The encoder fitted to a training part: a code for each column of a table, otherwise the same
    for all features, as images and the steps of sequences need them."""
    sensors, steps = sensors_of(recipe, columns, features.shape[1]), recipe.data.steps
    if not sensors:
        return _host_encoder(recipe, features, labels, columns)
    given = measured(sensors, np.asarray(features, np.float64))
    by_column = columns if steps == 1 else None
    # The same comparators serve all steps.
    given = given.reshape(len(given) * steps, -1)
    made = _host_encoder(recipe, given, labels, by_column)
    free = found_as_quantiles(recipe, by_column, given.shape[1])
    made = coarsened(made, sensors, given, free)
    return on_chip(Encoder(made.codes * steps, made.exclusive), sensors, by_column is not None)


def _host_encoder(
    recipe: Recipe, features: np.ndarray, labels: np.ndarray, columns: Columns | None
) -> Encoder:
    encoding = recipe.encoding
    if columns is None or recipe.data.steps > 1:
        return fit_encoder(encoding.kind, encoding.bits, features, encoding.thresholds)
    others = {name: one.wanted for name, one in encoding.columns}
    known = [one.name for one in columns.columns]
    unknown = next((name for name in others if name not in known), None)
    if unknown is not None:
        raise RecipeError(
            f"{recipe.name}: [encoding.columns]: no column {unknown!r}{nearest(unknown, known)}"
        )
    return fit_by_feature(encoding.wanted, others, columns, features, labels)


def _fit(
    model: nn.Sequential,
    batches: Batches,
    recipe: Recipe,
    judge: Judge,
    label: str,
    soft: bool = False,
) -> None:
    """Adam on the cross entropy; what is quantized when, and the rate, are the schedule's."""
    schedule = recipe.schedule
    optimizer = adam(model, schedule)
    plan = Plan(model, schedule, len(batches), soft)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, plan.rate)
    gates = None if soft else schedule.gate_budget
    budget = GateBudget(model, gates, plan.window(), optimizer)
    routing = Routing(model)
    pruned = False
    model.train()
    for epoch in progress(range(schedule.epochs), schedule.epochs, label):
        plan.start_epoch(epoch)
        if epoch == schedule.wiring_epochs:
            settle(model)
        for batch in batches:
            with routing.of(batch.labels):
                loss = loss_of(model, batch, recipe)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
        if not math.isfinite(loss.item()):
            raise TrainError(
                f"the loss is {loss.item()} after epoch {epoch + 1}; lower [schedule] learning_rate"
                f" ({schedule.learning_rate})"
            )
        pruned = budget.after_epoch(epoch)
        judge.after_epoch(epoch)
    judge.restore()
    if not soft and (plan.finish() or pruned):
        calibrate(model, batches.in_order())
    budget.check()


def adam(model: nn.Sequential, schedule: Schedule) -> torch.optim.Adam:
    """The optimizer: wiring has a rate of its own, a count's temperature a tenth of the others'."""
    rate = schedule.learning_rate
    rates: dict[int, float] = {}
    many = False
    for module in model.modules():
        if isinstance(module, LutLayer) and module.wiring_latent is not None:
            rates[id(module.wiring_latent)] = schedule.wiring_rate or rate
            many = many or module.wiring_latent.numel() > MANY
        elif isinstance(module, GroupSum):
            rates[id(module.log_temperature)] = rate / 10
    groups: dict[float, list[nn.Parameter]] = {}
    for parameter in model.parameters():
        groups.setdefault(rates.get(id(parameter), rate), []).append(parameter)
    by_rate = [{"params": params, "lr": own} for own, params in groups.items()]
    return torch.optim.Adam(by_rate, fused=many or None)


def loss_of(model: nn.Sequential, batch: Batch, recipe: Recipe) -> torch.Tensor:
    """What training lowers: the cross entropy of a batch, with its labels and its teacher's
    answers."""
    logits = _logits(model, batch.bits)
    wanted = batch.labels.movedim(-1, 0).flatten()  # as the answers: step by step
    smoothing = recipe.schedule.label_smoothing
    loss = F.cross_entropy(logits, wanted, ignore_index=-1, label_smoothing=smoothing)
    if batch.taught is None or recipe.teacher is None:
        return loss
    weight, temperature = recipe.teacher.weight, recipe.teacher.temperature
    soft = torch.softmax(batch.taught / temperature, 1)
    alike = F.cross_entropy(logits / temperature, soft) * temperature**2
    return (1 - weight) * loss + weight * alike


def _logits(model: nn.Sequential, bits: torch.Tensor) -> torch.Tensor:
    scores, head = model(bits), model[-1]
    if isinstance(head, (Scores, GroupSum, MajorityVote)):
        return head.logits(scores)
    found: torch.Tensor = scores
    return found


def bits_per_symbol(
    model: nn.Sequential, encoder: Encoder, features: np.ndarray, labels: np.ndarray
) -> float:
    """The mean of -log2 of the probability that the scores, as logits, give to the right symbol;
    for a text's labels (n, steps), -1 where none counts."""
    bits = torch.from_numpy(encoder.encode(features)).float()
    wanted = torch.from_numpy(labels).movedim(-1, 0).flatten()
    with torch.no_grad():
        loss = F.cross_entropy(_logits(model, bits), wanted, ignore_index=-1)
    return loss.item() / math.log(2)


def accuracy(model: nn.Module, encoder: Encoder, features: np.ndarray, labels: np.ndarray) -> float:
    """The part of labels that the network, in evaluation mode, answers."""
    return part_right(model, encoder.encode(features), labels)


def check_finite(model: nn.Module) -> None:
    """Raise TrainError naming the first parameter or buffer with a value that is not finite."""
    for name, value in model.state_dict().items():
        if not torch.isfinite(value).all():
            raise TrainError(f"{name}: a value is not finite; lower [schedule] learning_rate")
