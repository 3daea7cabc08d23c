"""Working memory: what a day writes down and forgets again. Nothing here is state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ..words.declare import Col, Span, Table, Words
from .tables import Plan


class Today(Table):
    """What is known of a day before it is lived, and what the foremen would do to others: one row."""

    due: Annotated[int, Col("i8", "-", "foremen that are due")]
    planning: Annotated[int, Col("i8", "-", "of them, those that may make a plan")]
    planned: Annotated[int, Col("i8", "work", "planned works that may be entered")]
    fired: Annotated[int, Col("i8", "-", "the first hole of today", "shots")]
    shooting: Annotated[int, Col("i8", "-", "holes of today")]
    answering: Annotated[int, Col("i8", "-", "holes of yesterday, which stand before those of today")]
    pierced: Annotated[int, Col("i8", "sector", "sectors that the holes of today may meet, at most")]
    struck: Annotated[int, Col("i8", "bay", "bays that answer the holes of yesterday, at most")]
    holed: Annotated[int, Col("i8", "work", "works that these may lay once more, at most; sector by sector")]
    longest: Annotated[int, Col("i8", "work", "length of the longest list of a sector when the days began")]
    laid_before: Annotated[int, Col("i8", "work", "works in the ledger when the days began")]
    told_before: Annotated[int, Col("i8", "event", "events in memory when the day began")]
    pace: Annotated[int, Col("i8", "%", "of the income: before the era the city may grow faster")]
    growth_income: Annotated[int, Col("i8", "power", "what a founder-sized bay earns in 64 days")]
    tower_income: Annotated[int, Col("i8", "power", "what 2,000 cells of towers earn in 64 days")]
    given: Annotated[int, Col("i8", "-", "gifts that were proposed")]
    proposed: Annotated[int, Col("i8", "-", "children that were proposed")]
    released: Annotated[int, Col("i8", "bay", "bays whose lots go wild")]
    evicting: Annotated[int, Col("i8", "bay", "bays in which people live and that are built over or torn down from today on")]


class Needs(Table):
    """How long each array must be for the day that is due (time/room.py): one row."""

    foremen: Annotated[int, Col("i8", "row", "foremen, and whatever there is one of for each")]
    charters: Annotated[int, Col("i8", "row", "charters")]
    schools: Annotated[int, Col("i8", "row", "schools")]
    claims: Annotated[int, Col("i8", "row", "claims and releases")]
    shots: Annotated[int, Col("i8", "row", "holes")]
    persons: Annotated[int, Col("i8", "row", "persons")]
    villages: Annotated[int, Col("i8", "row", "villages")]
    units: Annotated[int, Col("i8", "row", "units")]
    events: Annotated[int, Col("i8", "row", "events in memory")]
    series: Annotated[int, Col("i8", "row", "years in memory")]
    works: Annotated[int, Col("i8", "row", "works")]
    plan: Annotated[int, Col("i8", "row", "planned works")]
    sectors: Annotated[int, Col("i8", "row", "sectors of 4^3 lots")]
    chunks: Annotated[int, Col("i8", "row", "chunks of the lists of works")]
    proposals: Annotated[int, Col("i8", "row", "proposals")]
    acting: Annotated[int, Col("i8", "row", "whoever is put in order at once")]
    works_here: Annotated[int, Col("i8", "work", "works of one lot")]
    works_holed: Annotated[int, Col("i8", "work", "works that a hole can meet")]
    reigns: Annotated[int, Col("i8", "row", "reigns")]


class Proposals(Table):
    """A child that a foreman would bring forth, on a free plot; one row each."""

    foreman: Annotated[int, Col("i8", "-", "who proposes", "foremen")]
    side: Annotated[int, Col("i8", "-", "over which of its sides")]
    x: Annotated[int, Col("i8", "cell", "corner of the plot")]
    y: Annotated[int, Col("i8", "cell", "corner of the plot")]
    z: Annotated[int, Col("i8", "cell", "corner of the plot")]
    pitch: Annotated[int, Col("i8", "cell", "width and depth of the plot")]
    height: Annotated[int, Col("i8", "cell", "height of the plot")]
    frame: Annotated[int, Col("i8", "switch", "whether the child founds a school")]
    erred: Annotated[int, Col("i8", "switch", "whether copying erred")]
    drawn: Annotated[int, Col("i8", "switch", "whether that was drawn")]
    draw: Annotated[int, Col("i8", "-", "what decides between rivals: the lowest wins")]


class Gifts(Table):
    """Power that one bay would give another."""

    giver: Annotated[int, Col("i8", "-", "who gives", "foremen")]
    taker: Annotated[int, Col("i8", "-", "who takes", "foremen")]
    energy: Annotated[int, Col("i8", "1/64 power", "how much")]


class Reached(Table):
    """A bay that a search by breadth has come to."""

    bay: Annotated[int, Col("i8", "-", "the bay", "foremen")]
    hops: Annotated[int, Col("i8", "hop", "from where the search began")]
    before: Annotated[int, Col("i8", "-", "row of the bay before it; -1: the search began here")]


class Candidates(Table):
    """A free terminal in which a node may wake at the dawn."""

    bay: Annotated[int, Col("i8", "-", "whose terminal it is", "foremen")]
    draw: Annotated[int, Col("i8", "-", "its draw: the lowest win")]


class Carried(Table):
    """Where a living carrier is, in the struggle of a month: twice the middle of the bay."""

    x: Annotated[int, Col("i8", "1/2 cell", "twice the middle")]
    y: Annotated[int, Col("i8", "1/2 cell", "twice the middle")]
    z: Annotated[int, Col("i8", "1/2 cell", "twice the middle")]


class Turning(Table):
    """A bay that is won over in the struggle of a month."""

    bay: Annotated[int, Col("i8", "-", "the bay", "foremen")]
    by: Annotated[int, Col("i8", "-", "who wins it over", "foremen")]
    chance: Annotated[int, Col("i8", "ppm", "how likely that was")]
    deed: Annotated[int, Col("i8", "-", "name of the event that tells of it", "events")]
    reign: Annotated[int, Col("i8", "-", "the standing reign of who wins it over; -1: none", "reigns")]
    rule: Annotated[int, Col("i8", "-", "the recognition rule of who wins it over, before anybody turned")]


class Walked(Table):
    """Of a body that is followed on foot (matter/ways.py): columns that it has come to, and those from which it goes on."""

    seen: Annotated[int, Col("i8", "switch", "whether it has come to the column of this number")]
    column: Annotated[int, Col("i8", "-", "number of a column from which it has not gone on yet")]
    height: Annotated[int, Col("i8", "cell", "where it stands there, over where it began")]


class Desk(Table):
    """The desk of a foreman that plans an epoch: one row."""

    free0: Annotated[int, Col("i8", "day", "when a builder is free")]
    free1: Annotated[int, Col("i8", "day", "when a builder is free")]
    free2: Annotated[int, Col("i8", "day", "when a builder is free")]
    free3: Annotated[int, Col("i8", "day", "when a builder is free")]
    charge: Annotated[int, Col("i8", "power", "what the plan costs so far")]
    towers: Annotated[int, Col("i8", "cell", "nominal cells of its towers")]
    shell_done: Annotated[int, Col("i8", "day", "when plate and pillar stand")]
    floor: Annotated[int, Col("i8", "cell", "height of the floor of the bay")]
    ceiling: Annotated[
        int, Col("i8", "cell", "underside of the next plate of the own school overhead; far below: there is none")
    ]
    storeys: Annotated[int, Col("i8", "storey", "how many fit between floor and ceiling")]
    free: Annotated[Words, Span("free0", 4)]


if TYPE_CHECKING:
    Draft = Plan
else:

    class Draft(Table, columns=Plan.column_names):
        """The planned work that somebody is writing (society/plans.py), in the words of the plan: one row.

        Its numbers have 64 bits: what is drawn has 32, of which the plan keeps 31.
        """
