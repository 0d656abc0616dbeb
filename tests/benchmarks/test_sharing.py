"""What a cluster would do, on paper, from figures; and how it is told."""

import pytest

from benchmarks.sharing import on_paper, sharing_section

FOUND = {
    "rows": [
        {"who": "this process", "seconds": 10.0},
        {"who": "2 workers of this machine", "seconds": 5.5},
    ],
    "cores": 2,
    "piece_ms": 2.0,
    "trial_ms": 30.0,
    "many_ms": 60.0,
    "run_ms": 8.0,
}


def test_a_cluster_on_paper() -> None:
    """30,000 trainings of 5 minutes by 100 workers are 25 hours. Asking takes 20 ms for each, of
    30 + 5 * 60 = 330 ms a trial a third, 110: 120 ms, 1 hour in all."""
    found = on_paper(FOUND)
    assert found["training_hours"] == pytest.approx(25)
    assert found["asking_hours"] == pytest.approx(30_000 * 0.120 / 3600)
    assert found["busy_workers"] == pytest.approx(300 / 0.120)


def test_the_section_tells_it() -> None:
    text = sharing_section(FOUND)
    assert "| 2 workers of this machine | 5.5 | 1.82 |" in text
    assert "25.0 hours; the process that asks is busy for 1.00 of them" in text
    assert all(len(line) <= 200 for line in text.splitlines())
