"""A network that can be told to fail: connections through it lose their answers, or are cut."""

from __future__ import annotations

import contextlib
import socket
import threading


class Proxy:
    """Passes connections on to a server on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._lost = 0
        self.connections = 0
        self.sent = b""
        """What clients have sent."""
        self.lost = 0
        """Answers that were taken from the server and thrown away."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_answers(self, count: int) -> None:
        """Has the next connections end when their answer begins: the server has done what was asked."""
        with self._lock:
            self._lost = count

    def cut(self) -> None:
        """Ends every connection."""
        with self._lock:
            for end in self._open:
                _end(end)

    def close(self) -> None:
        """Takes no more connections, and ends those there are."""
        _end(self._listener)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                return
            with self._lock:
                self.connections += 1
                loses = self._lost > 0
                self._lost -= loses
                self._open |= {client, server}
            threading.Thread(target=self._pass, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, loses), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, loses: bool | None) -> None:
        """``loses`` is ``None`` on the way to the server."""
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if loses is None:
                    self.sent += data
                if loses:
                    self.lost += 1
                    break
                target.sendall(data)
        _end(source)
        _end(target)
        with self._lock:
            self._open.discard(source)
        source.close()


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
