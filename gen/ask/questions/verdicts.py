"""Words for what was found, and certificates that must be had."""

from collections.abc import Sequence

from gen.ask.evidence.answer import Evidence
from gen.ask.evidence.certificate import Certificate
from gen.ask.network.names import AskError

__all__ = ["bare", "made", "together", "word"]


def made(certificate: Certificate | None) -> list[Evidence]:
    """The certificate as evidence; AskError where the gates do not confirm the answer."""
    if certificate is None:
        raise AskError("the gates do not confirm an answer; this is a fault, please report it")
    return [certificate]


def word(found: bool | None, yes: str, no: str) -> str:
    """One of two words, or "undecided" for None."""
    return "undecided" if found is None else yes if found else no


def together(verdicts: Sequence[str]) -> str:
    """The verdict where there is one only, else how many are open."""
    if len(verdicts) == 1:
        return verdicts[0]
    left = verdicts.count("undecided")
    return f"{left} undecided" if left else "all decided"


def bare(proved: int, certificates: int) -> str:
    """What cannot be checked, in a line, or nothing."""
    left = proved - certificates
    return f"{left} proofs of Glucose 4, without a certificate" if left else ""
