"""The generator and the signature, against polynomials worked out bit by bit."""

import random

import pytest

from hw.signature import PRIMITIVE, advance, fold, generator, taps, trinomial

# Prime factors of 2^L - 1 (the Cunningham tables).
FACTORS = {
    31: (2147483647,),
    63: (7, 73, 127, 337, 92737, 649657),
    127: ((1 << 127) - 1,),
    255: (
        7, 31, 103, 151, 2143, 11119, 131071, 106591, 949111, 9520972806333758431,
        5702451577639775545838643151,
    ),
}  # fmt: skip


def times(a: int, b: int, modulus: int) -> int:
    """The product of two polynomials over GF(2)."""
    degree, product = modulus.bit_length() - 1, 0
    while b:
        if b & 1:
            product ^= a
        a, b = a << 1, b >> 1
        if a >> degree:
            a ^= modulus
    return product


def power(exponent: int, modulus: int) -> int:
    """x to that power."""
    result, base = 1, 2
    while exponent:
        if exponent & 1:
            result = times(result, base, modulus)
        base, exponent = times(base, base, modulus), exponent >> 1
    return result


@pytest.mark.parametrize(("length", "k"), PRIMITIVE)
def test_trinomials_are_primitive(length: int, k: int) -> None:
    modulus, order = 1 << length | 1 << k | 1, (1 << length) - 1
    assert power(order, modulus) == 1
    rest = order
    for prime in FACTORS[length]:
        assert power(order // prime, modulus) != 1
        while rest % prime == 0:
            rest //= prime
    assert rest == 1
    assert k <= length - 8


@pytest.mark.parametrize("width", [32, 40, 64, 160, 264])
def test_a_vector_is_eight_steps_of_the_register(width: int) -> None:
    length, k = generator(width)
    frame = random.Random(width).getrandbits(width)
    slow = frame
    for _ in range(8):
        state = slow >> (width - length)
        slow = slow >> 1 | ((state ^ state >> k) & 1) << (width - 1)
    assert advance(frame, width) == slow
    bits = [frame >> a & 1 ^ frame >> b & 1 for a, b in taps(width)]
    assert advance(frame, width) >> (width - 8) == sum(bit << i for i, bit in enumerate(bits))


@pytest.mark.parametrize("width", [32, 56, 136])
def test_signature_is_a_sum_of_quotients(width: int) -> None:
    modulus = 1 << width | 1 << trinomial(width) | 1
    choose = random.Random(width)
    answers = [choose.getrandbits(width) for _ in range(40)]
    signature = 0
    for y in answers:
        signature = fold(signature, y, width)
    # The answers with x^8 between them, over x^8 to the number of those that followed the first.
    total = 0
    for place, y in enumerate(answers):
        total ^= times(y, power(8 * place, modulus), modulus)
    assert times(signature, power(8 * (len(answers) - 1), modulus), modulus) == total


def test_signature_of_one_answer_is_the_answer() -> None:
    assert fold(0, 0x1234, 32) == 0x1234


def test_one_wrong_bit_is_never_lost() -> None:
    for bit in range(32):
        signature = 1 << bit
        for _ in range(1000):
            signature = fold(signature, 0, 32)
            assert signature


def test_narrow_register_wrong() -> None:
    with pytest.raises(ValueError, match="the self-test needs 32"):
        generator(24)
