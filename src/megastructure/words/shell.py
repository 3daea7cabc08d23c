"""Commands as one types them: every word quoted, so that a shell hands on just what was meant."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

PLAIN_ON_WINDOWS = re.compile(r"[\w@+=:.,/\\-]+", re.ASCII)


def command(*words: str | Path, encoding: str = "utf-8") -> str:
    """`megastructure` with these words behind it, to be shown in an encoding."""
    return " ".join(["megastructure", *(quoted(word, encoding) for word in words)])


def quoted(word: str | Path, encoding: str = "utf-8") -> str:
    """A word as the shell of this system reads it; before a path that begins with a dash, which is no option, stands `./`.

    What cannot be shown, or not in this encoding, is written as bytes in $'...', which bash, zsh and ksh read. A text may have
    lines, a path may not.
    """
    text, lines = str(word), "" if isinstance(word, Path) else "\n"
    if isinstance(word, Path) and text.startswith("-"):
        text = f"{os.curdir}{os.sep}{text}"
    if os.name == "nt":
        return quoted_on_windows(text)
    return shlex.quote(text) if text.replace(lines, "").isprintable() and _said_in(encoding, text) else _as_bytes(text)


def quoted_on_windows(word: str) -> str:
    """For cmd and PowerShell: in double quotes, backslashes before a quote doubled as the C runtime reads them."""
    if PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    return '"' + re.sub(r'(\\*)"', r'\1\1\\"', re.sub(r"(\\+)$", r"\1\1", word)) + '"'


def _as_bytes(word: str) -> str:
    text = "".join(chr(b) if 32 <= b < 127 and chr(b) not in "'\\" else f"\\{b:03o}" for b in os.fsencode(word))
    return f"$'{text}'"


def _said_in(encoding: str, word: str) -> bool:
    try:
        word.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


__all__ = ["command", "quoted", "quoted_on_windows"]
