"""Which command reads which file of a finished build."""

from typing import NamedTuple

__all__ = ["READERS", "Reader"]


class Reader(NamedTuple):
    """A file, relative to the build folder, and a command that reads it.

    {build} stands for the folder and {out} for another; an error's line holds one of `names`.
    """

    file: str
    module: str
    argv: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the line may name: the file, or its folder where several are at odds."""
        return (self.file.rsplit("/", 1)[-1].split(".")[0], "stand-in", "make doctor", "/b/", "/b:")


def _of(module: str, files: str, *argv: str) -> list[Reader]:
    return [Reader(file, module, tuple(argv)) for file in files.split()]


BOARD = "{build}/icebreaker"
READERS = [
    *_of("gen.__main__", "net.npz", "import", "{build}/net.npz", "--out", "{out}/n.npz"),
    *_of("gen.__main__", "net.npz", "vectors", "--net", "{build}/net.npz", "--out", "{out}/v.npz",
         "--random", "20"),
    *_of("gen.__main__", "net.npz", "melt", "--net", "{build}/net.npz", "--out", "{out}/m.aig"),
    *_of("gen.__main__", "vectors.npz", "melt", "--net", "{build}/net.npz", "--out", "{out}/m.aig",
         "--vectors", "{build}/vectors.npz"),
    *_of("gen.__main__", "net.npz", "share", "--net", "{build}/net.npz", "--out", "{out}/s"),
    *_of("gen.__main__", "trained/model.json trained/model.safetensors", "freeze", "--model",
         "{build}/trained/model.json", "--out", "{out}/f.npz"),
    *_of("gen.__main__", "melted.aig melted.json", "simplify", "--melted", "{build}/melted.aig",
         "--out", "{out}/simplified"),
    *_of("gen.__main__", "graph.aig graph.json sections.aig melted.aig net.npz", "map", "--graph",
         "{build}/graph.aig", "--out", "{out}/mapped.json"),
    *_of("gen.__main__", "graph.aig graph.json", "invariant", "--graph", "{build}/graph.aig",
         "--out", "{out}/i.json"),
    *_of("gen.__main__", "graph.aig graph.json net.npz", "predict", "--build", "{build}", "--bits",
         "{build}/bits.csv"),
    *_of("gen.__main__", "net.npz", "predict", "--build", "{build}", "--test"),
    *_of("gen.__main__", "bits.csv", "predict", "--build", "{build}", "--bits", "{build}/bits.csv"),
    *_of("gen.__main__", "bits.npy", "predict", "--build", "{build}", "--bits", "{build}/bits.npy"),
    *_of("gen.__main__", "mapped.json", "hdl", "--mapped", "{build}/mapped.json", "--out",
         "{out}/h"),
    *_of("gen.__main__", "net.npz melted.aig melted.json vectors.npz", "verify", "frozen",
         "--build", "{build}"),
    *_of("gen.__main__", "melted.aig graph.aig graph.json sections.aig mapped.json ledger.json",
         "verify", "graphs", "--build", "{build}"),
    *_of("gen.__main__", "core.json core.v mapped.json", "verify", "rtl", "--build", "{build}"),
    *_of("gen.__main__", "recipe.toml", "train", "{build}/recipe.toml", "--out", "{out}/t"),
    *_of("sim.__main__", "core.json core.v vectors.npz", "core", "--core", "{build}/core.json",
         "--vectors", "{build}/vectors.npz", "--results", "{out}/sim"),
    *_of("sim.__main__", "core.json vectors.npz", "netlist", "--core", "{build}/core.json",
         "--vectors", "{build}/vectors.npz", "--results", "{out}/sim"),
    *_of("sim.__main__", "core.json vectors.npz", "top", "--core", "{build}/core.json",
         "--vectors", "{build}/vectors.npz", "--results", "{out}/sim"),
    *_of("boards.__main__", "core.json core.v", "synth", "--board", "icebreaker", "--core",
         "{build}/core.json", "--out", "{out}/board"),
    *_of("boards.__main__", "board.py", "list", "--board", "{build}/board.py"),
    *_of("boards.__main__", "icebreaker/build.json core.json vectors.npz ledger.json melted.json"
         " mapped.json sim/core/sim.json sim/top/sim.json verify/frozen.json"
         " verify/graphs.json icebreaker/verify/netlist.json", "report", BOARD),
    *_of("boards.__main__", "trained/model.json", "report", BOARD, "--model",
         "{build}/trained/model.json"),
    *_of("boards.__main__", "icebreaker/build.json core.json", "prog", "--board", "icebreaker",
         "--build", BOARD),
    *_of("boards.__main__", "icebreaker/build.json icebreaker/top.json core.json icebreaker/top.il"
         " icebreaker/top.placed.json verify/rtl.json", "verify", "--build", BOARD),
    *_of("boards.__main__", "icebreaker/build.json icebreaker/top.placed.json", "faults", "--build",
         BOARD),
    *_of("boards.__main__", "icebreaker/build.json icebreaker/report.json core.json",
         "all", "--recipe", "{build}", "--boards", "icebreaker"),
    *_of("boards.__main__", "core.json core.v", "baselines", "--recipe", "{build}", "--boards",
         "icebreaker"),
]  # fmt: skip
