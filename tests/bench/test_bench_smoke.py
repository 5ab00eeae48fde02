"""The benchmark runs, and gives every figure that it promises."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.services.postgres import Postgres, PrivatePostgres
from tests.services.rabbitmq import PrivateRabbitMQ, RabbitMQ

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_quick_run_gives_every_figure(
    tmp_path: Path, rabbitmq: RabbitMQ, postgres: Postgres
) -> None:
    """Whatever the figures are: none is missing, and each is a number."""
    if not isinstance(rabbitmq, PrivateRabbitMQ) or not isinstance(postgres, PrivatePostgres):
        pytest.skip("the benchmark starts servers of its own, and none are installed here")
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "bench", "--quick", "--output", str(output)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(output.read_text("utf-8"))["figures"]
    assert set(figures) >= {
        "whole_bridge_vs_bare",
        "latency_vs_bare",
        "cpu_vs_bare",
        "cost_growth_100_500",
        "memory_500_links",
        "decide_vs_dict_merge",
        "stuf_read_vs_lxml",
        "stuf_write_vs_lxml",
        "document_plain_vs_bare",
        "document_sealed_vs_bare",
        "documents_plain_vs_bare",
        "documents_sealed_vs_bare",
        "small_beside_large",
        "small_beside_large_p95",
    }
    for name, figure in figures.items():
        assert math.isfinite(figure["ratio"]), name
        assert figure["ratio"] > 0, name
        numbers = list(_numbers(figure["raw"].values()))
        assert numbers, name
        assert all(map(math.isfinite, numbers)), name
    assert "whole_bridge_vs_bare" in done.stdout


def _numbers(values: Iterable[object]) -> Iterator[float]:
    """Give what is a number, also of the rounds that were measured one after another."""
    for value in values:
        if isinstance(value, int | float):
            yield value
        elif isinstance(value, list):
            yield from _numbers(value)
