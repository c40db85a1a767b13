"""What is tested is what is installed: the wheel."""

from __future__ import annotations

import importlib.metadata
import sysconfig
from pathlib import Path

import event_scheduler


def test_the_tests_run_on_the_wheel_which_says_that_it_is_typed() -> None:
    folder = Path(event_scheduler.__file__).parent
    assert folder.parent == Path(sysconfig.get_path("purelib"))
    assert (folder / "py.typed").is_file()


def test_it_asks_for_httpx_and_nothing_else() -> None:
    asked = importlib.metadata.requires("event-scheduler-client")
    assert asked is not None and [one.split("<")[0].split(">")[0] for one in asked] == ["httpx"]
