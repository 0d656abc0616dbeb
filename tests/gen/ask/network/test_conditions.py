"""Conditions: one predicate, against the same said plainly; what contradicts itself is refused."""

from typing import Any

import numpy as np
import pytest

from gen.ask.network.conditions import ANYWHERE, Conditions, Region, fixed_bits
from gen.ask.network.logic import Logic
from gen.ask.network.names import AskError
from gen.ask.network.samples import random_inputs
from tests.gen.ask.brute import satisfying
from tests.gen.ask.nets import logic_of, random_net, random_rnn
from tests.gen.ask.questions.test_depends import THERMOMETER
from tests.gen.logic.graphs import every_input


def logic(care: dict[str, Any] | None = THERMOMETER) -> Logic:
    net = random_net(0, care=care)
    net.meta["encoder"] = {"kind": "thermometer", "bits": 3, "features": 2}
    return logic_of(net)


GIVEN = [
    Conditions(),
    ANYWHERE,
    Conditions({"x[0]": 1, "x[4]": 0}),
    Conditions(sample=(1, 1, 0, 1, 0, 0), radius=2),
    Conditions({"x[5]": 1}, (1, 1, 0, 1, 1, 0), 3),
    Conditions(sample=(1, 0, 1, 0, 1, 0), radius=9, codes=False),
    Conditions(states=((("x[0]", False), ("x[5]", True)), (("x[3]", True),))),
]


@pytest.mark.parametrize("given", GIVEN)
def test_the_predicate_is_what_the_conditions_say(given: Conditions) -> None:
    asked = logic()
    region = Region(asked, given)
    wanted = satisfying(asked.net, asked.inputs, given)
    assert (every_input(6)[region.holds(every_input(6))] == wanted).all()
    assert region.everywhere == (len(wanted) == 64 and not given.sample)


@pytest.mark.parametrize("given", GIVEN)
def test_random_inputs_satisfy_them(given: Conditions) -> None:
    asked = logic()
    region = Region(asked, given)
    rows = random_inputs(asked, region, 3000)
    assert len(rows)
    assert region.holds(rows).all()
    assert region.holds(region.witness[None]).all()
    # All of the few inputs that there are, are drawn.
    assert len(np.unique(rows, axis=0)) == len(satisfying(asked.net, asked.inputs, given))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Conditions({"x[0]": 0, "x[1]": 1}), "no input satisfies fixed bits, valid codes"),
        (Conditions({"x[0]": 0}, (1, 1, 0, 0, 0, 0), 0), "fixed bits, the ball around"),
        (Conditions(states=((("x[0]", True),), (("x[0]", False),))), "reachable states"),
        (Conditions({"y[0]": 0}), r"y\[0\] is no input"),
        (Conditions({"layer1[0]": 0}), r"layer1\[0\] is no input"),
        (Conditions(sample=(1, 0)), "a sample of 2 bits; the network takes 6"),
        (Conditions(sample=(0, 1, 0, 0, 0, 0)), r"off the code: x\[0\]=0, x\[1\]=1"),
        (Conditions(sample=(0,) * 6, radius=-1), "a radius of -1"),
    ],
)
def test_conditions_that_do_not_fit_are_refused(given: Conditions, message: str) -> None:
    with pytest.raises(AskError, match=message):
        Region(logic(), given)


def test_fixing_a_bit_to_both_values_is_refused() -> None:
    given = Conditions().with_fixed({"x[0]": 1})
    assert given.with_fixed({"x[0]": 1, "x[1]": 0}).fixed == {"x[0]": 1, "x[1]": 0}
    with pytest.raises(AskError, match=r"x\[0\] is fixed to 0 and to 1"):
        given.with_fixed({"x[0]": 0})


def test_values_of_features_elements_and_bits() -> None:
    asked = logic()
    assert fixed_bits(asked, "feature[1]", 2) == {"x[3]": 1, "x[4]": 1, "x[5]": 0}
    assert fixed_bits(asked, "x[2]", 1) == {"x[2]": 1}
    plain = logic(care=None)
    assert fixed_bits(plain, "feature[1]", 2) == {"x[3]": 0, "x[4]": 1, "x[5]": 0}
    for name, value in (("feature[1]", 4), ("x[2]", 2), ("x[2]", -1)):
        with pytest.raises(AskError, match="bits take 0 to"):
            fixed_bits(asked, name, value)
    with pytest.raises(AskError, match="is no input"):
        fixed_bits(asked, "layer1[0]", 1)


def test_reachable_states_of_random_sequences() -> None:
    asked = logic_of(random_rnn(1))
    clause = (("reset", True), ("h[0]", True), ("h[0]", False))
    region = Region(asked, Conditions(states=(clause,)))
    rows = random_inputs(asked, region, 64)
    starts = rows[:, asked.inputs.index("reset")] == 1
    assert starts.any()
    assert not starts.all()
    assert (rows[starts][:, -4:] == 0).all()
