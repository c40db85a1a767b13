"""The real server program, secured, with a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx

T = TypeVar("T")

SETUP_TOKEN = "a set-up token for tests"
PASSWORD = "correct horse battery"
SCOPES = ("schedules:read", "schedules:write")
SECONDS = 30.0


def free_port() -> int:
    """A port that was free until a moment ago, and that nobody else asks for by number."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def until(found: Callable[[], T | None], what: str, process: subprocess.Popen[bytes] | None = None) -> T:
    """Asks again until there is something; fails after a bounded time, or when the process has ended."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if (value := found()) is not None:
            return value
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{what}: the program has ended with {process.returncode}")
        time.sleep(0.05)
    raise AssertionError(f"{what}: not within {SECONDS:g} s")


def answers(address: str) -> Callable[[], bool | None]:
    """Whether somebody answers at an address."""

    def ask() -> bool | None:
        try:
            return httpx.get(address).status_code < 500 or None
        except httpx.TransportError:
            return None

    return ask


class Server:
    """A server that ends with ``stop``."""

    def __init__(self, folder: Path, *options: str) -> None:
        program = os.environ["CES_SERVER_BIN"]
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        command = [program, "--listen", f"127.0.0.1:{port}", "--database-url", str(folder / "events.db")]
        self._log = (folder / "server.log").open("wb")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CES_")}
        self._process = subprocess.Popen(
            [*command, *options], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, env=environment
        )
        try:
            until(answers(f"{self.address}/health"), "the server", self._process)
        except AssertionError:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()
        self._log.close()


class Secured(Server):
    """A server with a super admin, who makes keys."""

    def __init__(self, folder: Path, *options: str) -> None:
        super().__init__(
            folder,
            *options,
            "--setup-token",
            SETUP_TOKEN,
            "--webhook-network",
            "127.0.0.0/8",
            "--requests-per-second",
            "0",
        )
        body = {"token": SETUP_TOKEN, "name": "root", "password": PASSWORD}
        answer = httpx.post(f"{self.address}/api/v1/setup", json=body)
        assert answer.status_code == 201, answer.text
        # By hand: httpx keeps a Secure cookie from plain HTTP.
        cookie = answer.headers["set-cookie"].split(";")[0]
        self._headers = {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf_token"]}

    def key(self, service: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """A key of a service."""
        body = {"service": service, "scopes": list(scopes)}
        answer = httpx.post(f"{self.address}/api/v1/admin/api-keys", json=body, headers=self._headers)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])
