"""Grow a city and look at it: from outside, cut open, and from within.

python examples/grow_and_look.py [FOLDER] [YEARS]      leaves FOLDER/iso.png, section.png, walk.png
"""

import sys
from pathlib import Path

from megastructure import Run, Scenario, still

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "grow_and_look")
years = int(sys.argv[2]) if len(sys.argv) > 2 else 1200

scenario = Scenario.load("quick").with_knobs(years=years)
where = folder / "run"
with Run.open(where, write=True) if where.exists() else Run.create(scenario, where) as run:
    run.advance(max(years, run.city.day // 360), on_century=lambda century: print(century.line()))
    day = run.city.day - 1
    for view in ("iso", "section", "walk"):
        picture = still(run.ledger, day, view, (960, 540))
        picture.save(folder / f"{view}.png")
        print(folder / f"{view}.png")
