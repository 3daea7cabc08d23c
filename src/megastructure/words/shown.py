"""What of a text may be shown: titles, paths and stored words may be strangers', and a terminal obeys what it reads."""

from __future__ import annotations

from unicodedata import category

WORD_SHOWN, LINE_SHOWN = 300, 1000  # characters that a refusal repeats: of one word, and in all
JOINERS = "\u200c\u200d"  # some scripts cannot be written without them


def shown(text: str, keep: str = "") -> str:
    r"""A text with everything spelled out that a terminal would obey or could not show: \x1b, \u202e, \n, \xff.

    Such are control characters, marks that turn the direction of writing, and bytes of a name that are no text. Letters and
    spaces of all scripts stay as they are. `keep`: characters that stay besides, such as ends of lines. Nothing is lost, for
    whoever reads it must find the file that is meant; what is stored instead is `memory.disk.plain`, which loses what it may
    not hold.
    """
    return text if text.isprintable() else "".join(c if _harmless(c) or c in keep else _spelled(c) for c in text)


def _spelled(c: str) -> str:
    """A character as one would write it in a program; a byte that is no text is kept by Python as U+DC80 to U+DCFF."""
    return f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else repr(c)[1:-1]


def _harmless(c: str) -> bool:
    return c.isprintable() or c in JOINERS or category(c) == "Zs"


def refusal(text: str) -> str:
    """A refusal as it is told: one line that can be shown, long words and long lines without their middle."""
    words = (_shortened(word, WORD_SHOWN) for word in " ".join(text.splitlines()).split(" "))
    return _shortened(shown(" ".join(words)), LINE_SHOWN)


def _shortened(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[: most * 2 // 3]}...({len(text):,} characters)...{text[-most // 4 :]}"


__all__ = ["refusal", "shown"]
