"""Smelt from Python: a build's network to run, cut, look at, ask about, and export.

    m = smelt.load("build/digits")
    m.run(x, cut={"layer1[3]": 0}).classes
    m["layer1[3]"].formula
    m.ask.depends(to="layer1[3]", features=True).table()
    m.export("smt2", "digits.smt2")

Names are those of the logic: x[3] is an input, feature[3] what it was encoded from, layer1[3] an
activation, score[3] a score, class=3 a class. Errors are `SmeltError`, with one clear line.
"""

from gen.errors import SmeltError
from smelt.answers import Answer
from smelt.model import Model, Run, Unit, load

__all__ = ["Answer", "Model", "Run", "SmeltError", "Unit", "load"]
