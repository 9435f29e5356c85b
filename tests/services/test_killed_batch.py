"""A batch whose real worker is killed (F-03): the program of bench/killed_batch.py, with few people and few kills."""

import os
import subprocess
import sys

from tests.house.sources import ROOT


def test_a_batch_survives_a_worker_that_is_killed(durable_database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "bench/killed_batch.py", "--prepared", durable_database_url, "--people", "12", "--kills", "2"],
        cwd=ROOT, env=os.environ, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "12 people" in done.stdout and "all is right in the end" in done.stdout
