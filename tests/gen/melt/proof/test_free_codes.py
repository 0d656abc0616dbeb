"""Codes at the cuts from bits and back, on networks of every kind of code."""

import numpy as np
import pytest

from gen.intnet.network import code_range
from gen.logic.machine import RESET
from gen.melt.proof.element import cut_signals
from gen.melt.proof.free_codes import code_bits, codes_of, leaning_codes, random_codes
from tests.gen.ask.nets import random_net, random_rnn
from tests.gen.intnet.battery import CASES

NETS = {"one bit": random_net(0), "states": random_rnn(0)} | CASES


@pytest.mark.parametrize("name", NETS)
def test_bits_say_the_codes_and_bits_that_are_not_named_are_0(name: str) -> None:
    net = NETS[name]
    codes = random_codes(net, 5, np.random.default_rng(0))
    bits = {RESET: codes[RESET][:, 0]}
    for cut in cut_signals(net):
        bits |= code_bits(net, cut, codes[cut])
    ones = [{bit: 1 for bit, column in bits.items() if column[row]} for row in range(5)]
    found = codes_of(net, ones)
    assert found.keys() == codes.keys()
    for cut, values in codes.items():
        assert np.array_equal(found[cut], values), cut
    assert not any(value.any() for value in codes_of(net, [{}]).values())


@pytest.mark.parametrize("name", NETS)
def test_codes_that_lean_are_codes_and_reach_further(name: str) -> None:
    net = NETS[name]
    even = random_codes(net, 400, np.random.default_rng(1))
    found = leaning_codes(net, 400, np.random.default_rng(1))
    assert found.keys() == even.keys()
    for cut in cut_signals(net):
        signal = net.signals[cut]
        low, high = code_range(1, signal.bits, signal.signed)
        assert low[0] <= found[cut].min() <= found[cut].max() <= high[0]
        assert found[cut].sum(1).std() > even[cut].sum(1).std() or signal.size == 1
