"""One real server for all tests; each test is a service of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from event_scheduler import EventScheduler

from .support.proxy import Proxy
from .support.server import Secured

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    secured = Secured(tmp_path_factory.mktemp("server"))
    yield secured
    secured.stop()


@pytest.fixture
def key(server: Secured) -> str:
    """The key of a service that nobody else uses."""
    return server.key(f"service-{next(_numbers)}")


@pytest.fixture
def other_key(server: Secured) -> str:
    """The key of another service."""
    return server.key(f"service-{next(_numbers)}")


@pytest.fixture
def client(server: Secured, key: str) -> Iterator[EventScheduler]:
    with EventScheduler(server.address, key) as one:
        yield one


@pytest.fixture
def proxy(server: Secured) -> Iterator[Proxy]:
    """A way to the server that can be cut."""
    between = Proxy(int(server.address.rsplit(":", 1)[1]))
    yield between
    between.close()


@pytest.fixture
def connect(server: Secured) -> Iterator[Callable[[str], EventScheduler]]:
    """Makes clients of other keys."""
    made: list[EventScheduler] = []

    def make(key: str) -> EventScheduler:
        made.append(EventScheduler(server.address, key))
        return made[-1]

    yield make
    for one in made:
        one.close()
