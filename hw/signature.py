"""The self-test's stimuli and signature: the arithmetic, for the gateware and for who predicts it.

Stimuli are the frame register itself, which shifts by eight bits a vector; the bits that come in
are those of a linear feedback shift register in its upper part, with a primitive trinomial
x^L + x^k + 1 (N. Zierler, J. Brillhart, "On primitive trinomials (mod 2)", 1968), so that 2^L - 1
vectors go by before one comes again. They are not confined to the core's care set.

The signature is the answer register, which for every answer is divided by x^8 modulo a trinomial
x^R + x^(R/2-1) + 1 and has the answer added to it. Dividing can be undone, so a difference in a
single answer is never lost; two random ones cancel once in 2^R times.
"""

__all__ = ["LARGEST_LOG16", "advance", "fold", "generator", "taps", "trinomial"]

# A self-test is of 16^0 to 16^6 vectors: the more to choose from, the more cells choose one.
LARGEST_LOG16 = 6
# (L, k) with k <= L - 8: all eight bits that come in are sums of bits that are there.
PRIMITIVE = ((31, 3), (63, 1), (127, 1), (255, 52))


def generator(width: int) -> tuple[int, int]:
    """(L, k) for a frame register of `width` bits: the widest that fits."""
    fitting = [pair for pair in PRIMITIVE if pair[0] <= width]
    if not fitting:
        raise ValueError(f"a frame register of {width} bits; the self-test needs 32")
    return fitting[-1]


def taps(width: int) -> list[tuple[int, int]]:
    """For each of the eight bits that come in, the two bits of the frame that it is the sum of."""
    length, k = generator(width)
    base = width - length
    return [(base + bit, base + bit + k) for bit in range(8)]


def advance(frame: int, width: int) -> int:
    """The frame register's next value; its upper L bits must not all be 0."""
    length, k = generator(width)
    state = frame >> (width - length)
    return frame >> 8 | ((state ^ state >> k) & 0xFF) << (width - 8)


def trinomial(width: int) -> int:
    """The middle exponent of the signature's trinomial, for a width in whole bytes."""
    return width // 2 - 1


def fold(signature: int, y: int, width: int) -> int:
    """The signature after one more answer y; it starts at 0, so that of one answer is the answer.

    1 / x^8 is a shift by eight bits with what falls out added at the exponents 0 and k, less 8.
    """
    out = signature & 0xFF
    shifted = signature >> 8 ^ out << (width - 8) ^ out << (trinomial(width) - 8)
    return shifted ^ y
