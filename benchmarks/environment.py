"""Tool versions and machine, to stand beside every figure."""

import os
import platform
from typing import Any

from gen.tools import NEXTPNR_ICE40, YOSYS
from gen.tools.abc import abc_identity

__all__ = ["environment"]


def environment() -> dict[str, Any]:
    """JSON-able: `machine` and `tools`."""
    return {
        "machine": {"processor": platform.machine(), "cores": os.cpu_count()},
        "tools": {
            "python": platform.python_version(),
            "yosys": YOSYS.version(),
            "nextpnr-ice40": NEXTPNR_ICE40.version(),
            "abc": abc_identity().rsplit("/", 1)[-1],
        },
    }
