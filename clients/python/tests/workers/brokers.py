"""Redis and RabbitMQ, each with a port and a folder of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

from ..support.server import free_port, until

RABBITMQ_PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server",)


class Broker:
    """A broker that can be stopped and started again with what it holds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._log = (folder / "broker.log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    url: str

    def command(self) -> tuple[list[str], dict[str, str]]:
        """The program with its arguments, and its environment."""
        raise NotImplementedError

    def start(self) -> None:
        command, environment = self.command()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            cwd=self.folder,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        until(self._greets, f"{type(self).__name__} at {self.port}", self._process)

    def stop(self) -> None:
        """Ends it as its operator would: it writes down what it holds."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def close(self) -> None:
        self.stop()
        self._log.close()

    def greeting(self) -> tuple[bytes, bytes]:
        """What is said to it, and how the answer begins when it is ready."""
        raise NotImplementedError

    def _greets(self) -> bool | None:
        said, answer = self.greeting()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(said)
                return connection.recv(64).startswith(answer) or None
        except OSError:
            return None


class Redis(Broker):
    """Every write is on the disk before it is confirmed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> tuple[list[str], dict[str, str]]:
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "yes", "appendfsync": "always"}
        return ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", str(value)))], {}

    def greeting(self) -> tuple[bytes, bytes]:
        return b"PING\r\n", b"+PONG"


class RabbitMq(Broker):
    """A node of its own, with its own port mapper."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._ports = free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> tuple[list[str], dict[str, str]]:
        mapper, nodes = self._ports
        (self.folder / "enabled_plugins").write_text("[].\n")
        return list(RABBITMQ_PROGRAMS), {
            "HOME": str(self.folder),
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"ces-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(nodes),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
        }

    def greeting(self) -> tuple[bytes, bytes]:
        return b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00"
