"""The terminal: what was asked for goes to stdout, progress to stderr, and whoever interrupts is obeyed.

All that a command prints goes through here or through `screen`: in whatever encoding, to whatever end.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedWriter, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..words.shell import command
from ..words.shown import shown

if TYPE_CHECKING:
    from .screen import Screen, Waiting

INTERRUPTED = {2: 130, 15: 143}  # exit codes after Ctrl-C and SIGTERM
PIPE_CLOSED = 141  # the exit code when nobody reads stdout any more, as a shell tells of SIGPIPE


def open_streams() -> None:
    """What the encoding of the terminal cannot say is spelled out, instead of ending the command.

    Streams without a buffer (PYTHONUNBUFFERED) get one: Python does not write the rest of what a full disk took half of.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if not isinstance(stream, TextIOWrapper):
            continue
        if isinstance(stream.buffer, RawIOBase):
            encoding = stream.encoding
            stream = TextIOWrapper(BufferedWriter(stream.detach()), encoding, line_buffering=True)
            setattr(sys, name, stream)
        stream.reconfigure(errors="backslashreplace")


def close_streams() -> None:
    """All that was printed reaches its end. errors   OSError: the disk behind it is full, or nobody reads any more"""
    if sys.stdout is not None:
        sys.stdout.flush()


def forget_stdout() -> None:
    """Nobody reads stdout any more: what is left of it goes nowhere, without a second complaint when Python ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def say(text: str) -> None:
    """A line of what was asked for."""
    print(shown(text, keep="\n"), flush=True)


def complain(text: str) -> None:
    """A line for whoever sits there, on stderr."""
    print(shown(text, keep="\n"), file=sys.stderr, flush=True)


def say_json(value: Any) -> None:
    """What was asked for, as JSON on one line of ASCII."""
    print(json.dumps(value), flush=True)


def say_path(path: Path) -> None:
    """A path alone on its line; piped, it is the path to the byte, whatever its name."""
    if sys.stdout is None or sys.stdout.isatty() or not isinstance(sys.stdout, TextIOWrapper):
        say(show(path))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(os.fsencode(typed(path)) + os.linesep.encode())
    sys.stdout.flush()


def console() -> Screen:
    """Where results go; plain text when piped."""
    from .screen import Screen

    return Screen(soft_wrap=True)


def console_for_progress() -> Screen:
    """Where progress goes: stderr."""
    from .screen import Screen

    return Screen(stderr=True)


def typed(path: Path) -> Path:
    """A path as one would type it here: of what lies below this folder the way from here, of all else that from the root."""
    try:
        return path.relative_to(Path.cwd())
    except (OSError, ValueError):
        return path


def show(path: Path) -> str:
    """A path as one would read it here, on one line; this folder itself by its whole path."""
    return shown(str(path if typed(path) == Path() else typed(path)))


def from_here(text: str) -> str:
    """A line in which whole paths are told as `show` tells them: what lies below this folder without it."""
    try:
        here = shown(str(Path.cwd())).rstrip(os.sep)
    except OSError:
        return text
    return (
        re.sub(rf"(?<![\w.{re.escape(os.sep)}-]){re.escape(here + os.sep)}(?=[^\s{re.escape(os.sep)}])", "", text)
        if here
        else text
    )


def to_type(*words: str | Path) -> str:
    """A command of ours, as this terminal can show it and its shell reads it."""
    return command(*words, encoding=encoding())


def encoding() -> str:
    """In which encoding stdout is written."""
    return getattr(sys.stdout, "encoding", None) or "utf-8"


def waiting(words: str) -> Waiting:
    """A line on stderr while something takes its time; use it in a `with`."""
    from .screen import Waiting

    return Waiting(words, console_for_progress())


@contextmanager
def work_shown(words: str) -> Iterator[Callable[..., None]]:
    """A progress bar for work in pieces: it is told how much is done, of how much, and what comes now where that changes.

    SIGTERM ends it like Ctrl-C, so that what was half done is swept away.
    """
    import signal

    from .screen import bar

    def end(number: int, _: object) -> None:
        raise SystemExit(INTERRUPTED[number])

    before = signal.signal(signal.SIGTERM, end)
    try:
        out = console_for_progress()
        with bar(out, disable=not out.is_terminal) as shown_bar:
            task = shown_bar.add_task(words, total=None)
            yield lambda done, total, now=words: shown_bar.update(task, completed=done, total=total, description=now)
    except KeyboardInterrupt:
        complain("megastructure: interrupted; nothing was written")
        raise SystemExit(INTERRUPTED[signal.SIGINT]) from None
    finally:
        signal.signal(signal.SIGTERM, before)


__all__ = [
    "INTERRUPTED", "PIPE_CLOSED", "close_streams", "complain", "console", "console_for_progress", "encoding",
    "forget_stdout", "from_here", "open_streams", "say", "say_json", "say_path", "show", "to_type", "typed", "waiting",
    "work_shown",
]  # fmt: skip
