"""Which bits of a payload are which inputs, by hand."""

import pytest

from hw.shape import CoreShape

OUTPUTS = (("class", 3), ("score[0]", 5), ("score[1]", 5))


def test_only_inputs_that_are_read_are_sent_after_the_spare_bits() -> None:
    shape = CoreShape.of(12, OUTPUTS, live=[1, 4, 11], self_test=False)
    assert (shape.payload_bytes, shape.spare) == (1, 5)
    assert shape.pack(1 << 4 | 1 << 5 | 1 << 11) == bytes([0b110_00000])
    assert shape.unpack(0b101_11111) == 1 << 1 | 1 << 11


def test_reset_is_not_in_the_payload() -> None:
    shape = CoreShape.of(9, OUTPUTS, reset=8, self_test=False)
    assert (shape.live, shape.payload_bytes) == (tuple(range(8)), 1)
    assert shape.pack(0x1A5) == b"\xa5"


def test_bytes_of_the_digits() -> None:
    outputs = [("class", 4), *[(f"score[{c}]", 5) for c in range(10)]]
    shape = CoreShape.of(256, outputs, live=range(0, 256, 2))
    assert (shape.payload_bytes, shape.answer_bytes, shape.signature_bytes) == (16, 7, 7)


def test_self_test_needs_four_bytes() -> None:
    shape = CoreShape.of(5, [("class", 1)])
    assert (shape.payload_bytes, shape.answer_bytes, shape.signature_bytes) == (4, 1, 4)
    assert shape.pack(0b10011) == (0b10011 << 27).to_bytes(4, "little")


def test_core_that_reads_nothing() -> None:
    assert CoreShape.of(5, [("class", 1)], live=[], self_test=False).pack(31) == b"\x00"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((4, []), "the core has no outputs; the link sends at least a class"),
        ((4, [("class", 0)]), "the core has no outputs; the link sends at least a class"),
        ((4, OUTPUTS, [1, 4]), "input 4 of a core of 4 inputs"),
        ((4, OUTPUTS, [1], 7), "input 7 of a core of 4 inputs"),
        (
            (70000, OUTPUTS),
            "the core has 70000 inputs and 13 outputs; the link carries up to 65535",
        ),
    ],
)
def test_shape_wrong(arguments, message: str) -> None:
    with pytest.raises(ValueError, match="core") as error:
        CoreShape.of(*arguments)
    assert str(error.value) == message
