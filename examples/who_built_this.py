"""Every cell knows who laid it and when: one column of cells in the bay that planned the most works.

python examples/who_built_this.py [FOLDER] [YEARS]      leaves FOLDER/column.txt
"""

import sys
from pathlib import Path

import numpy as np

from megastructure import Ledger, Scenario, advance, found
from megastructure.ground.codes import Material
from megastructure.words.names import spoken, spoken_place

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "who_built_this")
years = int(sys.argv[2]) if len(sys.argv) > 2 else 1200

city = found(Scenario.load("quick").with_knobs(years=years))  # a city in memory; nothing is written
advance(city, years * 360)
ledger, today = Ledger(city), city.day - 1

bay = int(np.argmax(city.column("foremen", "planned")))
x0, y0, z0, pitch, height = (int(city.column("foremen", name)[bay]) for name in ("x", "y", "z", "pitch", "height"))
box = ((x0, x0 + pitch), (y0, y0 + pitch), (z0, z0 + height))
cells, before = ledger.materialise(box, today), ledger.materialise(box, today * 3 // 4)
new = (cells != before) & (cells != 0)
score = np.where(before != 0, 9 * new, new).sum(axis=0)
y, x = np.unravel_index(int(np.argmax(score)), score.shape)  # the column where most was built anew
z = int(np.nonzero(cells[:, y, x])[0].max())

story = ledger.provenance(x0 + int(x), y0 + int(y), z0 + z, today)
assert story is not None
print(f"The {story.material.name} at ({x0 + x}, {y0 + y}, {z0 + z}) is part of work {story.work:,}, a {story.kind.name}.")
print(f"{spoken(story.foreman)} of {spoken_place(story.school)} laid it in year {story.day_laid // 360:,}.")
print("Lineage: " + " < ".join(spoken(name) for name in (story.foreman, *story.ancestors)))

ends = range(0, years + 1, max(1, years // 8))  # years at whose end the column is looked at
column = [(x0 + int(x), y0 + int(y), h) for h in range(z0, z0 + height)]
past = [ledger.cells(np.array(column), max(0, year * 360 - 1)) for year in ends]
lines = ["height" + "".join(f"{year:>10,}" for year in ends)]
for i in range(height - 1, -1, -1):
    if any(then[i] for then in past):
        lines.append(f"{z0 + i:>6}" + "".join(f"{Material(int(then[i])).name if then[i] else '.':>10}" for then in past))
folder.mkdir(parents=True, exist_ok=True)
(folder / "column.txt").write_text("\n".join(lines) + "\n")
print(f"The column, year by year: {folder / 'column.txt'}")
