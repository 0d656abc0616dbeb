"""Tests, in folders that mirror the code's."""

import os

# Several processes test at once: each of them, and what it starts, keeps to one thread. numpy and
# torch read this when they are imported, which is after this.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
