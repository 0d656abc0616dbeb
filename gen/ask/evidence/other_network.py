"""Evidence about a second network, or about two."""

from dataclasses import dataclass
from typing import Any

from gen.ask.evidence.answer import Witness
from gen.ask.evidence.certificate import Certificate
from gen.ask.network.conditions import Conditions
from gen.ask.network.forward import Forward

__all__ = ["Judged"]


@dataclass(frozen=True, eq=False)
class Judged:
    """Evidence about another network than the answer's own, with that network to judge it: a
    witness, or a certificate about both."""

    evidence: Witness | Certificate
    judge: Forward

    def check(self, forward: Forward) -> str:
        """What the second network confirms; `forward`, the first, is asked where it is about
        both."""
        if isinstance(self.evidence, Certificate):
            return self.evidence.check(forward, self.judge)
        return "the other network: " + self.evidence.check(self.judge, Conditions(codes=False))

    def to_json(self) -> dict[str, Any]:
        """What is about the other network, or both."""
        return {"evidence": "other network", "of": self.evidence.to_json()}
