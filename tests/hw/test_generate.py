"""A core that goes on by itself, its class being its next input: from line to line, in two clock
domains and with late answers, against sums done here."""

import re

import pytest

from hw.frames import encode_frame
from hw.link import GENERATE, IDENTIFY, INFER, MOST_STEPS, QUIET, REFUSED, SELF_TEST
from hw.shape import CoreShape
from tests.hw.cores import counting, counting_late
from tests.hw.test_top import CLOCKS, converse, predicted, self_test

# Adds up six bits; bit j of the sum goes back to input 5 - j, so a step is not just a doubling.
BACK = (5, 4, 3, 2, 1, 0)
SHAPE = CoreShape.of(7, [("class", 6)], reset=6, feedback=BACK)
UNTESTED = CoreShape.of(7, [("class", 6)], reset=6, feedback=BACK, self_test=False)
# What the same core is without feedback.
PLAIN = CoreShape.of(7, [("class", 6)], reset=6)


def infer(x: int, number: int = 0, quiet: bool = False, shape: CoreShape = SHAPE) -> bytes:
    return encode_frame(head(number, quiet) + shape.pack(x))


def head(number: int, quiet: bool = False) -> bytes:
    return bytes([INFER | number << 2 | QUIET * quiet | (not number)])


def generate(steps: int) -> bytes:
    return encode_frame(bytes([GENERATE | steps - 1]))


def written(total: int, steps: int) -> list[int]:
    """What a core that last answered `total`, which is its state, goes on with."""
    found = []
    for _ in range(steps):
        total = (total + int(f"{total:06b}"[::-1], 2)) % 64
        found.append(total)
    return found


def reply(steps: int, symbols: list[int]) -> bytes:
    return bytes([GENERATE | steps - 1, *symbols])


def test_the_model_is_a_walk_of_its_own() -> None:
    assert written(5, 4) == [45, 26, 48, 51]  # 5 + 40, 45 + 45, 26 + 22, 48 + 3


@pytest.mark.parametrize("shape", [SHAPE, UNTESTED])
@pytest.mark.parametrize("core_period", CLOCKS)
@pytest.mark.parametrize("latency", [1, 2, 7])
def test_a_prefix_is_gone_on_with(
    core_period: float | None, latency: int, shape: CoreShape
) -> None:
    steps = infer(3, 0, True, shape), 40, infer(2, 1, shape=shape), 80
    frames, leds = converse(
        *steps, generate(9), shape=shape, core=counting_late(latency), core_period=core_period
    )
    assert frames == [head(1) + bytes([5]), reply(9, written(5, 9))]
    assert leds == written(5, 9)[-1]


@pytest.mark.parametrize("steps", [1, 2, MOST_STEPS])
def test_lengths(steps: int) -> None:
    line = infer(11), 60, generate(steps), 400
    frames, _ = converse(*line, shape=SHAPE, core=counting)
    assert frames[1] == reply(steps, written(11, steps))


def test_it_goes_on_where_it_was() -> None:
    line = infer(11), 60, generate(5), 150, generate(3), 150, encode_frame(bytes([IDENTIFY])), 250
    frames, _ = converse(*line, generate(2), shape=SHAPE, core=counting)
    whole = written(11, 10)
    assert frames[1:3] == [reply(5, whole[:5]), reply(3, whole[5:8])]
    assert frames[4] == reply(2, whole[8:])


def test_a_step_of_the_host_follows() -> None:
    """Generating counts as a step; then the frame's inputs are taken again."""
    line = infer(11), 60, generate(3), 120, infer(7, 1), 60, infer(7, 2), 60, infer(1)
    frames, _ = converse(*line, shape=SHAPE, core=counting)
    total = (written(11, 3)[-1] + 7) % 64
    assert frames[2:] == [bytes([REFUSED | 4]), head(2) + bytes([total]), head(0) + bytes([1])]


def test_requests_meanwhile_are_dropped() -> None:
    line = infer(11), 60, generate(20) + infer(9) + generate(3), 300, generate(1)
    frames, _ = converse(*line, shape=SHAPE, core=counting)
    whole = written(11, 21)
    assert frames[1:] == [reply(20, whole[:20]), reply(1, whole[20:])]


@pytest.mark.parametrize("shape", [SHAPE, UNTESTED])
def test_damaged_and_longer_requests_are_refused(shape: CoreShape) -> None:
    damaged = bytearray(generate(4))
    damaged[1] ^= 4
    longer = encode_frame(bytes([GENERATE | 3]) + shape.pack(1))
    line = infer(11, shape=shape), 60, bytes(damaged), 60, longer, 60, generate(2)
    frames, _ = converse(*line, shape=shape, core=counting)
    refusals = [bytes([REFUSED | 1]), bytes([REFUSED | 2])]
    assert frames[1:] == [*refusals, reply(2, written(11, 2))]


def test_self_test_is_what_it_was() -> None:
    total = 0

    def core(x: int) -> int:
        nonlocal total
        total = (total + x) % 64
        return total

    line = infer(9), 60, generate(2), 100, self_test(SHAPE, 11, 1), 200, generate(1)
    frames, _ = converse(*line, shape=SHAPE, core=counting)
    assert frames[2][1:] == predicted(SHAPE, 11, 16, core)
    assert frames[3] == reply(1, written(total, 1))


def test_a_core_without_feedback_refuses() -> None:
    frames, _ = converse(infer(3), 60, generate(4), 60, infer(4, 1), shape=PLAIN, core=counting)
    assert frames == [head(0) + bytes([3]), bytes([REFUSED | 2]), head(1) + bytes([7])]
    unknown = encode_frame(bytes([SELF_TEST | 1]) + UNTESTED.pack(1))
    assert converse(unknown, shape=UNTESTED, core=counting)[0] == [bytes([REFUSED | 3])]


def test_identity_tells() -> None:
    line = encode_frame(bytes([IDENTIFY]))
    assert converse(line, shape=SHAPE, core=counting)[0][0][2] == 0b1011
    assert converse(line, shape=PLAIN, core=counting)[0][0][2] == 0b0011


@pytest.mark.parametrize(
    ("inputs", "width", "given", "message"),
    [
        (5, 4, {"feedback": (0, 1, 2, 3)}, "feedback to a core without states: its class would"
         " never change"),
        (5, 4, {"reset": 4, "feedback": (0, 1, 2)}, "feedback to 3 inputs; the class has 4 bits,"
         " and the link carries symbols of up to 8"),
        (10, 9, {"reset": 9, "feedback": range(9)}, "feedback to 9 inputs; the class has 9 bits,"
         " and the link carries symbols of up to 8"),
        (6, 4, {"reset": 5, "feedback": (0, 1, 2, 4)}, "feedback leaves out input 3, which the core"
         " reads"),
        (5, 4, {"reset": 4, "live": (0, 1), "feedback": (0, 1, 2, 4)}, "feedback to inputs"
         " [0, 1, 2, 4]"
         " of a core of 5 inputs; each is one of them, named once, and not the one that starts a"
         " sequence"),
        (5, 4, {"reset": 4, "live": (0, 1), "feedback": (0, 1, 2, 2)}, "feedback to inputs"
         " [0, 1, 2, 2]"
         " of a core of 5 inputs; each is one of them, named once, and not the one that starts a"
         " sequence"),
    ],
)  # fmt: skip
def test_feedback_wrong(inputs: int, width: int, given: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        CoreShape.of(inputs, [("class", width)], **given)
