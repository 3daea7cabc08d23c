"""The end of a year: one row of the series."""

from __future__ import annotations

from ..ground.city import City
from ..ground.tables import KEPT_COUNTS, YEAR
from ..words.kernel import kernel


@kernel
def close_year(city: City, day: int) -> None:
    """Write what there is at the end of the year that ends on the morning of `day`."""
    tally = city.tally
    year = city.series[city.sizes.series]
    city.sizes.series += 1
    year.year = day // YEAR
    year.bays = city.sizes.foremen - tally.died
    year.born = city.sizes.foremen
    year.died = tally.died
    year.boxed_in = tally.boxed_in
    year.schools = tally.schools
    year.charters = city.sizes.charters
    year.lots = tally.lots
    year.planned = tally.planned
    year.charged = tally.charged
    year.renovations = tally.renovations
    year.greatest = tally.greatest
    year.greatest_kind = tally.greatest_kind
    year.greatest_foreman = tally.greatest_foreman
    for k in range(len(KEPT_COUNTS)):
        year.words[KEPT_COUNTS[k][0]] = city.powers.words[KEPT_COUNTS[k][1]]
    for locus in range(len(city.powers.loci)):
        if city.powers.loci[locus] > 0:
            year.loci |= 1 << locus
    tally.greatest = 0
    tally.greatest_kind = 0
    tally.greatest_foreman = 0
