"""A run directory is a database: works begun per century by kind, asked in SQL.

python examples/history_in_sql.py [FOLDER] [YEARS]      leaves FOLDER/works_by_century.csv; needs duckdb
"""

import sys
from pathlib import Path

import duckdb

from megastructure import Run, Scenario
from megastructure.ground.codes import WorkKind

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "history_in_sql")
years = int(sys.argv[2]) if len(sys.argv) > 2 else 1200

where = folder / "run"
if not where.exists():
    with Run.create(Scenario.load("quick").with_knobs(years=years), where) as run:
        run.advance()

names = ", ".join(f"({kind.value}, '{kind.name.lower()}')" for kind in WorkKind)
table = duckdb.sql(f"""
    with kinds(number, name) as (values {names})
    select start // 36000 + 1 as century, count(*) as works,
           count(*) filter (name = 'tower') as towers,
           count(*) filter (name in ('bridge', 'viaduct', 'ring')) as walks,
           count(*) filter (name in ('ladder', 'zigzag', 'spiral')) as ways_up,
           count(*) filter (name in ('unbuilding', 'demolition')) as removals,
           count(distinct foreman) as foremen_at_work
    from '{where}/works/*.parquet' join kinds on number = kind
    group by century order by century
""")
assert table is not None
table.write_csv(str(folder / "works_by_century.csv"))
most = max(row[1] for row in table.fetchall())
print("century  works")
for century, works, *_ in table.fetchall():
    print(f"{century:>7}  {works:>6,}  {'#' * (50 * works // most)}")
print(folder / "works_by_century.csv")
