"""Commands as one types them: every word quoted, so that a shell hands on just what was meant."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

PLAIN_ON_WINDOWS = re.compile(r"[\w@+=:.,/\\-]+", re.ASCII)


def command(*words: str | Path) -> str:
    """`megastructure` with these words behind it."""
    return " ".join(["megastructure", *map(quoted, words)])


def quoted(word: str | Path) -> str:
    """A word as the shell of this system reads it; before a path that begins with a dash, which is no option, stands `./`.

    What cannot be shown, or not in the encoding of stdout, is written as bytes in $'...', which bash, zsh and ksh read.
    """
    if isinstance(word, Path):
        return quoted(f"{os.curdir}{os.sep}{word}" if str(word).startswith("-") else str(word))
    if os.name == "nt":
        return quoted_on_windows(word)
    return shlex.quote(word) if word.isprintable() and _can_be_written(word) else _as_bytes(word)


def quoted_on_windows(word: str) -> str:
    """For cmd and PowerShell: in double quotes, backslashes before a quote doubled as the C runtime reads them."""
    if PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    return '"' + re.sub(r'(\\*)"', r'\1\1\\"', re.sub(r"(\\+)$", r"\1\1", word)) + '"'


def _as_bytes(word: str) -> str:
    text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in "'\\" else f"\\{b:03o}" for b in os.fsencode(word))
    return f"$'{text}'"


def _can_be_written(word: str) -> bool:
    try:
        word.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


__all__ = ["command", "quoted", "quoted_on_windows"]
