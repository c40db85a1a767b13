"""A worker that can be killed with all its processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


class Worker:
    """A Celery worker of two processes, of the application in ``tasks``."""

    def __init__(self, folder: Path, broker: str, server: str, key: str) -> None:
        self.effects = folder / "effects.jsonl"
        self._log = (folder / "worker.log").open("ab")
        self._environment = {
            "CELERY_BROKER_URL": broker,
            "EVENT_SCHEDULER_URL": server,
            "EVENT_SCHEDULER_KEY": key,
            "EFFECTS": str(self.effects),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # Without gossip and mingle: they are for workers that know each other.
        options = ["--queues", "backend-events", "--concurrency", "2", "--without-gossip", "--without-mingle"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "celery", "--app", "tests.workers.tasks", "worker", *options],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )

    def kill(self) -> None:
        """As a machine that loses its power: nobody hands anything back."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        self.kill()
        self._log.close()
