"""What the gateware knows of a core: which inputs a frame carries, and what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["WIDEST", "CoreShape"]

WIDEST = 0xFFFF
# Bits of a symbol that a core writes by itself: one byte of a reply each.
WIDEST_SYMBOL = 8
# The self-test's generator and its signature are at least so wide.
NARROWEST = 4


@dataclass(frozen=True)
class CoreShape:
    """A core's ports, and how its inputs and outputs lie in the bytes of a frame.

    `inputs` is the width of x; of these, only the inputs in `live` are read by anything, and only
    they are sent. `reset` is the input that starts a sequence of a recurrent core: it comes with
    the command and not in the payload. `outputs` are (name, width) in the order of y, the class
    first. A `paced` core takes the next input when it has answered the one before, others one a
    cycle. With `self_test`, payloads and signatures have at least four bytes. `feedback` are the
    inputs of a recurrent core that its class may be fed back to, so that it goes on by itself, bit
    j of the class to feedback[j]: all that are read; empty where it cannot.
    """

    inputs: int
    live: tuple[int, ...]
    outputs: tuple[tuple[str, int], ...]
    reset: int | None = None
    self_test: bool = True
    paced: bool = False
    feedback: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        inputs: int,
        outputs: Sequence[tuple[str, int]],
        live: Sequence[int] | None = None,
        reset: int | None = None,
        self_test: bool = True,
        paced: bool = False,
        feedback: Sequence[int] = (),
    ) -> "CoreShape":
        """Checked; `live` is all inputs where it is left out. Raises ValueError."""
        given = range(inputs) if live is None else live
        if not outputs or min(width for _, width in outputs) < 1:
            raise ValueError("the core has no outputs; the link sends at least a class")
        wrong = [index for index in [*given, *([] if reset is None else [reset])]
                 if not 0 <= index < inputs]  # fmt: skip
        if wrong:
            raise ValueError(f"input {wrong[0]} of a core of {inputs} inputs")
        carried = tuple(index for index in sorted(set(given)) if index != reset)
        shape = cls(inputs, carried, tuple(outputs), reset, self_test, paced, tuple(feedback))
        shape._check_feedback()
        if max(len(carried), shape.n_out) > WIDEST:
            raise ValueError(
                f"the core has {len(carried)} inputs and {shape.n_out} outputs; the link carries"
                f" up to {WIDEST}"
            )
        return shape

    def _check_feedback(self) -> None:
        places = self.feedback
        if not places:
            return
        if self.reset is None:
            raise ValueError("feedback to a core without states: its class would never change")
        if len(places) != self.class_bits or len(places) > WIDEST_SYMBOL:
            raise ValueError(
                f"feedback to {len(places)} inputs; the class has {self.class_bits} bits, and the"
                f" link carries symbols of up to {WIDEST_SYMBOL}"
            )
        missing = set(self.live) - set(places)
        if missing:
            raise ValueError(f"feedback leaves out input {min(missing)}, which the core reads")
        allowed = set(range(self.inputs)) - {self.reset}
        if len(set(places) & allowed) != len(places):
            raise ValueError(
                f"feedback to inputs {list(places)} of a core of {self.inputs} inputs; each is one"
                " of them, named once, and not the one that starts a sequence"
            )

    @property
    def n_out(self) -> int:
        """Output bits."""
        return sum(width for _, width in self.outputs)

    @property
    def class_bits(self) -> int:
        """Bits of the first output."""
        return self.outputs[0][1]

    @property
    def payload_bytes(self) -> int:
        """Bytes of input bits in a request."""
        return max(-(-len(self.live) // 8), NARROWEST if self.self_test else 1)

    @property
    def spare(self) -> int:
        """Bits of the payload, from the first on, that carry nothing.

        They come first because the frame register shifts towards bit 0: so they need no cells.
        """
        return 8 * self.payload_bytes - len(self.live)

    @property
    def answer_bytes(self) -> int:
        """Bytes of output bits in a reply."""
        return -(-self.n_out // 8)

    @property
    def signature_bytes(self) -> int:
        """Bytes of the register that holds an answer, or folds many into a signature."""
        return max(self.answer_bytes, NARROWEST if self.self_test else 1)

    def symbol(self, value: int) -> int:
        """The input bits of a step on a class, as feedback makes them."""
        return sum((value >> place & 1) << index for place, index in enumerate(self.feedback))

    def pack(self, x: int) -> bytes:
        """The payload for input bits x, bit j of the number being input j."""
        value = sum((x >> index & 1) << place for place, index in enumerate(self.live))
        return (value << self.spare).to_bytes(self.payload_bytes, "little")

    def unpack(self, payload: int) -> int:
        """The input bits of a frame register's value; inputs that are not live are 0."""
        value = payload >> self.spare
        return sum((value >> place & 1) << index for place, index in enumerate(self.live))
