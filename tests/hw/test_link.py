"""The link's two halves, fed with bytes written by hand."""

import pytest

from hw.link import ReplyLayout, ReplySender, RequestReceiver, payload_bytes
from tests.hw.lines import run

DIGITS = [("class", 4), *[(f"score[{c}]", 6) for c in range(10)]]


class Requests:
    """A receiver of `n_in` input bits, and a record of what it says."""

    def __init__(self, n_in: int, idle_bits: int = 16) -> None:
        self.dut = RequestReceiver(n_in, idle_bits)
        self.said: list[int | str] = []

    async def listen(self, ctx):
        dut = self.dut
        async for _, _, valid, refused, x in ctx.tick().sample(dut.x_valid, dut.refused, dut.x):
            if valid:
                self.said.append(x)
            if refused:
                self.said.append("refused")

    async def send(self, ctx, data, gap: int = 3) -> None:
        """A byte every `gap + 1` cycles; every cycle counts as a bit time."""
        for byte in data:
            ctx.set(self.dut.bytes.payload, byte)
            ctx.set(self.dut.bytes.valid, 1)
            await ctx.tick()
            ctx.set(self.dut.bytes.valid, 0)
            await ctx.tick().repeat(gap)

    def run(self, *frames, gap: int = 3, free: bool = True):
        """Send frames one after the other; returns what was said."""

        async def bench(ctx):
            ctx.set(self.dut.free, free)
            ctx.set(self.dut.bit_passed, 1)
            for frame in frames:
                await self.send(ctx, frame, gap)
            await ctx.tick().repeat(4)

        run(self.dut, bench, background=[self.listen])
        return self.said


def test_request_bits_are_little_endian() -> None:
    assert Requests(24).run([0xA5, 0x01, 0x80, 0x30, 0xB1]) == [0x308001]


@pytest.mark.parametrize(("n_in", "x"), [(1, 1), (3, 5), (8, 0xD5), (9, 0x1D5), (13, 0x1FD5)])
def test_spare_bits_of_the_last_byte_are_ignored(n_in: int, x: int) -> None:
    payload = [0xD5, 0xFF][: -(-n_in // 8)]
    check = payload[0] ^ (payload[1] if len(payload) == 2 else 0)
    assert Requests(n_in).run([0xA5, *payload, check]) == [x]


def test_start_byte_inside_a_payload_is_payload() -> None:
    assert Requests(16).run([0xA5, 0xA5, 0xA5, 0x00], [0xA5, 0xA5, 0x5A, 0xFF]) == [0xA5A5, 0x5AA5]


def test_wrong_check_byte_is_refused_and_the_next_request_taken() -> None:
    assert Requests(16).run([0xA5, 1, 2, 2], [0xA5, 1, 2, 3]) == ["refused", 0x0201]


def test_bytes_before_a_start_byte_are_ignored() -> None:
    assert Requests(8).run([0, 1, 0x5A, 0xFF, 0xA5, 7, 7]) == [7]


def test_stalled_request_is_dropped() -> None:
    requests = Requests(16, idle_bits=16)

    async def bench(ctx):
        ctx.set(requests.dut.free, 1)
        ctx.set(requests.dut.bit_passed, 1)
        for length in (1, 2, 3):
            await requests.send(ctx, [0xA5, 1, 2][:length])
            await ctx.tick().repeat(20)
            await requests.send(ctx, [0xA5, 3, 4, 7])

    run(requests.dut, bench, background=[requests.listen])
    assert requests.said == [0x0403] * 3


def test_slow_request_is_not_dropped() -> None:
    assert Requests(16, idle_bits=16).run([0xA5, 3, 4, 7], gap=14) == [0x0403]


def test_only_silence_during_bit_times_counts() -> None:
    requests = Requests(8, idle_bits=16)

    async def bench(ctx):
        ctx.set(requests.dut.free, 1)
        await requests.send(ctx, [0xA5, 9])
        await ctx.tick().repeat(200)
        await requests.send(ctx, [9])
        await ctx.tick().repeat(3)

    run(requests.dut, bench, background=[requests.listen])
    assert requests.said == [9]


def test_complete_request_waits_until_an_answer_can_start() -> None:
    requests = Requests(8)

    async def bench(ctx):
        ctx.set(requests.dut.bit_passed, 1)
        await requests.send(ctx, [0xA5, 9, 9])
        await ctx.tick().repeat(100)
        # Lost: the frame register holds a request that waits.
        await requests.send(ctx, [0xA5, 1, 1])
        assert requests.said == []
        ctx.set(requests.dut.free, 1)
        await ctx.tick().repeat(2)
        assert requests.said == [9]
        await requests.send(ctx, [0xA5, 2, 2])
        await ctx.tick().repeat(2)

    run(requests.dut, bench, background=[requests.listen])
    assert requests.said == [9, 2]


def test_no_inputs_wrong() -> None:
    with pytest.raises(ValueError, match=r"^n_in is 0; a core has at least one input$"):
        payload_bytes(0)


def answer(outputs, y: int, *, signed: bool = True, compute: int = 3, stall: int = 2) -> list[int]:
    """The bytes that go out for the core outputs `y`, then for a refusal."""
    dut = ReplySender(ReplyLayout.of(outputs, signed))
    sent: list[int] = []

    async def take(ctx):
        cycle = 0
        offer = ctx.tick().sample(dut.bytes.valid, dut.bytes.ready, dut.bytes.payload)
        async for _, _, valid, ready, byte in offer:
            if valid and ready:
                sent.append(byte)
            cycle += 1
            ctx.set(dut.bytes.ready, cycle % (stall + 1) == 0)

    async def bench(ctx):
        assert ctx.get(dut.free)
        ctx.set(dut.asked, 1)
        await ctx.tick()
        ctx.set(dut.asked, 0)
        ctx.set(dut.y, ~y)
        await ctx.tick().repeat(compute)
        ctx.set(dut.y, y)
        ctx.set(dut.y_valid, 1)
        await ctx.tick()
        ctx.set(dut.y, ~y)
        ctx.set(dut.y_valid, 0)
        await ctx.tick().until(dut.free)
        ctx.set(dut.refused, 1)
        await ctx.tick()
        ctx.set(dut.refused, 0)
        await ctx.tick().until(dut.free)
        assert ctx.get(dut.class_) == y & ((1 << outputs[0][1]) - 1)

    run(dut, bench, background=[take])
    return sent


def test_reply_with_a_class_only() -> None:
    assert answer([("class", 3)], 5) == [0x5A, 5, 5, 0x5E, 1]


def test_reply_with_scores_of_one_byte() -> None:
    # Scores 3, -1, -32 in 6 bits.
    y = 2 | 3 << 2 | 0b111111 << 8 | 0b100000 << 14
    outputs = [("class", 2), ("score[0]", 6), ("score[1]", 6), ("score[2]", 6)]
    check = 2 ^ 3 ^ 0xFF ^ 0xE0
    assert answer(outputs, y) == [0x5A, 2, 3, 0xFF, 0xE0, check, 0x5E, 1]


def test_reply_with_scores_of_exactly_one_byte() -> None:
    outputs = [("class", 1), ("score[0]", 8), ("score[1]", 8)]
    assert answer(outputs, 1 | 0x7F << 1 | 0x80 << 9) == [0x5A, 1, 0x7F, 0x80, 0xFE, 0x5E, 1]


def test_reply_with_scores_of_two_bytes() -> None:
    # Scores 300 and -300 in 10 bits: 0x012C and 0xFED4.
    outputs = [("class", 8), ("score[0]", 10), ("score[1]", 10)]
    y = 0xC3 | 300 << 8 | (-300 & 0x3FF) << 18
    check = 0xC3 ^ 0x2C ^ 0x01 ^ 0xD4 ^ 0xFE
    assert answer(outputs, y) == [0x5A, 0xC3, 0x2C, 0x01, 0xD4, 0xFE, check, 0x5E, 1]


def test_reply_with_unsigned_scores() -> None:
    outputs = [("class", 1), ("score[0]", 3), ("score[1]", 3)]
    assert answer(outputs, 0b111_100_0, signed=False) == [0x5A, 0, 4, 7, 3, 0x5E, 1]


@pytest.mark.parametrize(("compute", "stall"), [(1, 0), (1, 9), (40, 0)])
def test_reply_at_any_speed(compute: int, stall: int) -> None:
    outputs = [("class", 2), ("score[0]", 4), ("score[1]", 4)]
    y = 1 | 7 << 2 | 0b1000 << 6
    expected = [0x5A, 1, 7, 0xF8, 1 ^ 7 ^ 0xF8, 0x5E, 1]
    assert answer(outputs, y, compute=compute, stall=stall) == expected


def test_layout_of_the_digits() -> None:
    layout = ReplyLayout.of(DIGITS)
    assert (layout.n_out, layout.score_bytes, layout.reply_bytes) == (64, 1, 13)
    layout = ReplyLayout.of([("class", 1), ("score[0]", 9), ("score[1]", 9)])
    assert (layout.n_out, layout.score_bytes, layout.reply_bytes) == (19, 2, 7)
    assert ReplyLayout.of([("class", 1)]).reply_bytes == 3


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([], "the core has no outputs; the link sends at least a class"),
        ([("class", 9)], "output 'class' has 9 bits; the class byte holds 1 to 8"),
        (
            [("class", 2), ("a", 3), ("b", 4)],
            "scores have [3, 4] bits; the link needs one common width",
        ),
        ([("class", 2), ("score[0]", 17)], "output 'score[0]' has 17 bits; a score has 1 to 16"),
    ],
)
def test_layout_wrong(outputs, message: str) -> None:
    with pytest.raises(ValueError, match="bits|outputs") as error:
        ReplyLayout.of(outputs)
    assert str(error.value) == message
