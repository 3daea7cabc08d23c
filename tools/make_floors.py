"""Draws docs/pictures/floors.svg: the floors of the house, who stands on each, and how often each imports from those below.

    python tools/make_floors.py

Everything in the picture is read from the sources.
"""

from __future__ import annotations

import sys
from collections import Counter
from html import escape
from pathlib import Path
from textwrap import wrap

from megastructure.memory.sources import HOUSE, imported
from megastructure.words.floors import FLOORS

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "floors.svg"
SAYS = {
    "words": "how things are said", "ground": "what exists, how much", "land": "plots, what is built",
    "society": "what two laws need", "matter": "works become cells", "laws": "the rules, one a file",
    "time": "the order of a day", "memory": "runs on disk, forks", "told": "events in words", "look": "stills, films",
    "watch": "the viewer", "export": "other programs", "study": "theory, many worlds", "read": "the page, lives, SQL",
    "door": "words to calls",
}  # fmt: skip
LEFT, WIDE, CELL, TOP, COLUMNS = 150, 470, 30, 44, 74
STYLE = """
text { font: 11px system-ui, sans-serif; fill: #222 } .name { font-weight: 600; font-size: 14px } .says { fill: #666 }
.files { font: 10px ui-monospace, monospace; fill: #444 } .band { fill: #f2f1ec } .cell { fill: #b4532a } .n { fill: #fff; text-anchor: middle }
@media (prefers-color-scheme: dark) { text { fill: #ddd } .says { fill: #999 } .files { fill: #bbb } .band { fill: #23262b } .n { fill: #fff } }
"""


def floor(path: Path) -> str:
    """The folder that a source stands in."""
    return path.relative_to(HOUSE).parts[0]


def name(path: Path) -> str:
    """What a source is called on its floor."""
    parts = path.relative_to(HOUSE).with_suffix("").parts[1:]
    return "/".join(parts[:-1] if parts[-1] == "__init__" else parts)


def main() -> None:
    """Read the sources and write the picture."""
    sources = [path for path in sorted(HOUSE.rglob("*.py")) if path.parent != HOUSE]
    names: dict[str, list[str]] = {one: [] for one in FLOORS}
    uses: Counter[tuple[str, str]] = Counter()
    for path in sources:
        if name(path):
            names[floor(path)].append(name(path))
        for other in imported(path):
            if other.parent != HOUSE and floor(other) != floor(path):
                uses[floor(path), floor(other)] += 1
    parts, y = [], TOP
    matrix = LEFT + WIDE + 20
    for number, one in enumerate(FLOORS):
        parts.append(f'<text x="{matrix + number * CELL + CELL / 2}" y="{TOP - 8}" text-anchor="start" '
                     f'transform="rotate(-40 {matrix + number * CELL + CELL / 2} {TOP - 8})">{one}</text>')  # fmt: skip
    for one in reversed(FLOORS):
        lines = wrap("  ".join(names[one]), COLUMNS)
        height = max(34, 14 * len(lines) + 12)
        parts.append(f'<rect class="band" x="4" y="{y}" width="{matrix + CELL * len(FLOORS)}" height="{height - 4}" rx="3"/>')
        parts.append(f'<text class="name" x="12" y="{y + 15}">{one}/</text>')
        parts.append(f'<text class="says" x="12" y="{y + 27}">{escape(SAYS[one])[:26]}</text>')
        for k, line in enumerate(lines):
            parts.append(f'<text class="files" x="{LEFT + 20}" y="{y + 16 + 14 * k}">{escape(line)}</text>')
        for number, other in enumerate(FLOORS):
            if count := uses[one, other]:
                x = matrix + number * CELL
                shade = min(1.0, 0.35 + count / 40)
                parts.append(f'<rect class="cell" x="{x + 2}" y="{y + 4}" width="{CELL - 4}" height="20" rx="3" opacity="{shade:.2f}"/>')
                parts.append(f'<text class="n" x="{x + CELL / 2}" y="{y + 18}">{count}</text>')
        y += height
    width = matrix + CELL * len(FLOORS) + 40
    says = "Floors of the house from the ground up, the sources on each, and how often they import from each floor below"
    PICTURE.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 8}" role="img" aria-label="{says}">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n", encoding="utf-8",
    )  # fmt: skip
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()
