"""Numbers as words: the only place that puts a noun or a verb behind a number."""

from __future__ import annotations


def counted(noun: str, n: int) -> str:
    """A number with its noun, `one|many`: `1 bay`, `1,200 bays`; of `bay` alone `many` is `bays`."""
    one, _, many = noun.partition("|")
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(words: list[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


__all__ = ["counted", "listed"]
