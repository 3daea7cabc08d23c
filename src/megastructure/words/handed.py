"""Text files that a user hands over: written in UTF-8 by whatever editor, with any ends of lines."""

from __future__ import annotations

import codecs
from pathlib import Path

FOREIGN = (  # marks at the beginning of a file, the longer first
    (codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"), (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)  # fmt: skip


def read_text(path: Path) -> str:
    """The text of a file without the mark of UTF-8, and with `\\n` at the ends of lines.

    errors   OSError; ValueError: not UTF-8, in words that say what it is instead
    """
    data = path.read_bytes()
    for mark, called in FOREIGN:
        if data.startswith(mark):
            raise ValueError(f"it is written in {called}; expected UTF-8, as which any editor can save it")
    if b"\0" in data:
        raise ValueError("it holds bytes of zero, as UTF-16 or a file that is no text does; expected text in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise ValueError(f"line {line} is not written in UTF-8; expected UTF-8, as which any editor can save it") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


__all__ = ["read_text"]
