"""What pytest must know before it imports a test."""

import os

import pytest

os.environ.setdefault("MEGASTRUCTURE_WRAP", "1")  # tests call every kernel from Python, the package only some
pytest.register_assert_rewrite("worlds")  # what a shared world asserts is told as fully as what a test does


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile once before workers begin, for each of them would compile all of it."""
    if hasattr(session.config, "workerinput") or not session.config.getoption("numprocesses", None):
        return
    from rich.console import Console

    from megastructure.door import warm

    parts = ("engine", "look", "watch", "export", "study")
    for part in parts:
        warm.begin(part)
    for part in parts:
        warm.finish(part, Console(stderr=True))
