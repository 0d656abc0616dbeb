"""What a recipe says of its training beyond the schedule: [augment] and [teacher]."""

from dataclasses import asdict, dataclass

from gen.nets.toml.table import choice, flag, integer, number

__all__ = ["Augment", "Descent", "Teacher"]

TEACHERS = ("cnn", "mlp")


@dataclass(frozen=True)
class Augment:
    """How each sample of a training batch is changed, anew each time it is seen.

    Images, which are moved without wrapping round: by up to `shift` pixels each way, turned by up
    to `rotate` degrees, scaled by up to the part `scale` and sheared by up to `shear`, each drawn
    evenly; bent by a smooth field of standard deviation `elastic` pixels; of `mirror`, half are
    seen from behind. Any data: each input bit is flipped with probability `flips`.
    """

    shift: float = number(0, 64, default=0.0)
    rotate: float = number(0, 180, default=0.0)
    scale: float = number(0, 0.9, default=0.0)
    shear: float = number(0, 1, default=0.0)
    elastic: float = number(0, 64, default=0.0)
    mirror: bool = flag(default=False)
    flips: float = number(0, 0.5, default=0.0)

    @property
    def of_images(self) -> bool:
        """Whether anything is said that only images have."""
        rest = {key: value for key, value in asdict(self).items() if key != "flips"}
        return any(rest.values())


@dataclass(frozen=True)
class Teacher:
    """A float network trained first on the same rows, whose answers a network learns beside the
    labels (Hinton et al., "Distilling the Knowledge in a Neural Network", 2015, arXiv:1503.02531):
    the loss is (1 - `weight`) of the labels' cross entropy and `weight` * T^2 of that between
    the softmaxes of both networks' logits over T, the `temperature`.

    A "cnn", of images, has three convolutions, the first of `width` channels; an "mlp" two hidden
    layers of `width`. It is trained for `epochs`, with the same changes but for flipped bits.
    """

    kind: str = choice(TEACHERS)
    width: int = integer(1, 4096, default=24)
    epochs: int = integer(1, 100_000, default=6)
    temperature: float = number(0.01, 100, default=2.0)
    weight: float = number(0, 1, default=0.7)


@dataclass(frozen=True)
class Descent:
    """Tables that vote, visited one after another, each given the best wires and entries as the
    others are (`gen.nets.training.descent`), `sweeps` times, after the epochs of the schedule. A
    sweep sees each training row as it is and changed, `copies` times together; the last judges
    wires by about `rows` of them, those before by fewer, in even steps.
    """

    sweeps: int = integer(1, 10_000)
    copies: int = integer(1, 1000, default=4)
    rows: int = integer(100, 10_000_000, default=100_000)
