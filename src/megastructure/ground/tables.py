"""What exists: every table of the simulation, each column declared once with dtype, unit and meaning.

Most tables are *registers*: rows are appended in canonical order (day, named draw, name), so a serial number is a
determined fact and may be stored. The tally and the powers are one row each. All columns are integers.
"""

from __future__ import annotations

from ..words.declare import Annotated, Col, Gene, Span, Table, Words, columns

LOT = 16  # cells along the edge of a lot
YEAR = 360  # days
UNIT = 64  # energies are kept in 1/64 power, incomes are per 64 days: so a day's income is the income itself
MONTH = 30  # days
RING = 1 << 16  # buckets of days in the calendars of foremen and of planned works
FRONTS = 768  # lists of bays that are asked in the struggle: one for each month of 64 years, and as many counts of bays
# What numbers may be, where neither their type nor what they refer to says it (ground/limits.py):
COUNT = 1 << 50  # whatever is counted or added up
MOST = 2**31 - 1  # what fits into 32 bits
GROWN = 1 << 30  # whatever is counted in 32 bits: in a run that is lived on it still grows
NAME = 2**63 - 1
LATER = MOST  # a day that may not have come yet
EDGE = 1 << 23  # cells: no bay begins farther out
FAR = 1 << 24  # cells: nor does a work
LONGEST = 4096  # cells: no box of a work is longer
# In `homes` (dates.py) come lists of persons by their day of the year, of villages by their day of the month, of the people of
# each village:
HOMES_MONTH = YEAR
HOMES_VILLAGE = HOMES_MONTH + MONTH


class Works(Table, word="i4"):
    """The ledger: one row of 64 bytes per work. Matter is a pure function of these rows and of their registration."""

    kind: Annotated[int, Col("u1", "WorkKind", "what the work does to its box")]
    x: Annotated[int, Col("i4", "cell", "corner of the box, least x", low=-FAR, high=FAR)]
    y: Annotated[int, Col("i4", "cell", "corner of the box, least y", low=-FAR, high=FAR)]
    z: Annotated[int, Col("i4", "cell", "corner of the box, least z (up)", low=-FAR, high=FAR)]
    sx: Annotated[int, Col("i4", "cell", "size of the box along x", low=1, high=LONGEST)]
    sy: Annotated[int, Col("i4", "cell", "size of the box along y", low=1, high=LONGEST)]
    sz: Annotated[int, Col("i4", "cell", "size of the box along z", low=1, high=LONGEST)]
    flags: Annotated[int, Col("i4", "-", "scan order (low byte) and Clip (next byte)", low=0, high=1023)]
    a: Annotated[int, Col("i4", "-", "first parameter of the pattern; the radius of a shot", low=0, high=LONGEST)]
    b: Annotated[int, Col("i4", "-", "second parameter of the pattern; the axis of a shot", low=0, high=(1 << 24) - 1)]
    charter: Annotated[int, Col("i4", "-", "charter that the pattern reads", "charters", 0)]
    foreman: Annotated[int, Col("i4", "-", "whose work it is", "foremen", 0)]
    start: Annotated[int, Col("i4", "day", "day on which everything about the work is decided", low=0, until="days")]
    duration: Annotated[int, Col("i4", "day", "days over which its cells appear or vanish, in scan order", low=0, high=MOST)]
    target: Annotated[int, Col("i4", "-", "1 + the work that is unbuilt, stopped or repaired; 0: none", low=0, high=MOST)]
    scope: Annotated[
        int, Col("i4", "-", "mask of materials that a removal takes; 1 + the work of the shot, for a repair", low=0, high=MOST)
    ]
    corner: Annotated[Words, Span("x", 3)]
    size: Annotated[Words, Span("sx", 3)]


class Foremen(Table):
    """The self-replicating machines, one per bay. Energies are in 1/64 power."""

    name: Annotated[int, Col("i8", "-", "lineage name: unique, kept for life", low=1, high=NAME)]
    x: Annotated[int, Col("i4", "cell", "corner of the bay", low=-EDGE, high=EDGE)]
    y: Annotated[int, Col("i4", "cell", "corner of the bay", low=-EDGE, high=EDGE)]
    z: Annotated[int, Col("i4", "cell", "corner of the bay", low=-EDGE, high=EDGE)]
    pitch: Annotated[int, Col("i4", "cell", "width and depth of the bay", low=48, high=128)]
    height: Annotated[int, Col("i4", "cell", "height of the bay", low=64, high=192)]
    charter: Annotated[int, Col("i4", "-", "the genes that it carries", "charters", 0)]
    school: Annotated[int, Col("i4", "-", "the district that it belongs to", "schools", 0)]
    site: Annotated[int, Col("u1", "Site", "what the survey makes of its plot")]
    parent: Annotated[int, Col("i4", "-", "who sent it; -1 for a founder", "foremen", -1, earlier=True)]
    born: Annotated[int, Col("i4", "day", "day of the claim", low=0, until="days")]
    side: Annotated[int, Col("u1", "-", "side of the parent on which it was placed, 0..5; 6: founder", low=0, high=6)]
    phase: Annotated[int, Col("u1", "Phase", "where it is in its life")]
    due: Annotated[int, Col("i4", "day", "next day on which it decides; -1: never", low=-1, high=LATER)]
    energy: Annotated[int, Col("i8", "power/64", "what it had on the day `updated`", low=-COUNT, high=COUNT)]
    updated: Annotated[int, Col("i4", "day", "day to which `energy` refers", low=0, high=LATER)]
    shell_done: Annotated[int, Col("i4", "day", "day from which it earns", low=0, high=LATER)]
    plan_day: Annotated[int, Col("i4", "day", "day on which the current plan was made", low=0, high=LATER)]
    plan_done: Annotated[int, Col("i4", "day", "day on which the current plan is carried out", low=0, high=LATER)]
    plan_towers: Annotated[int, Col("i8", "cell", "volume of towers that the current plan adds", low=0, high=COUNT)]
    towers: Annotated[int, Col("i8", "cell", "volume of towers that pays", low=0, high=COUNT)]
    death: Annotated[int, Col("i8", "day", "day on which it will die; -1: not drawn yet; -2: never", low=-2, high=COUNT)]
    epoch: Annotated[int, Col("i4", "-", "number of the current plan", low=0, high=GROWN)]
    lots: Annotated[int, Col("i4", "lot", "lots that it owns", low=0, high=768)]
    children: Annotated[int, Col("i4", "-", "children so far", low=0, high=10_000)]
    hesitated: Annotated[
        int, Col("u1", "-", "1 while its delay at the frontier of the school runs or has just run", low=0, high=1)
    ]
    try_day: Annotated[int, Col("i4", "day", "day before which it does not breed", low=0, high=LATER)]
    boxed_in: Annotated[int, Col("u1", "-", "1 when no side had room; until lots nearby are released", low=0, high=1)]
    sites0: Annotated[int, Col("i8", "-", "building sites 0..55 that carry a tower", low=0, high=(1 << 56) - 1)]
    sites1: Annotated[int, Col("i8", "-", "building sites 56..111 that carry a tower", low=0, high=(1 << 56) - 1)]
    sites2: Annotated[int, Col("i8", "-", "building sites 112..167 that carry a tower", low=0, high=(1 << 56) - 1)]
    sites3: Annotated[int, Col("i8", "-", "building sites 168..223 that carry a tower", low=0, high=(1 << 56) - 1)]
    viaducts: Annotated[int, Col("u1", "-", "bits of the spans that carry a viaduct", low=0, high=255)]
    terminals: Annotated[int, Col("u1", "-", "Authority terminals planned in the base of the pillar", low=0, high=4)]
    broken: Annotated[int, Col("u1", "-", "bits of the sides 0..5 whose conduit a removal has cut", low=0, high=63)]
    mended: Annotated[int, Col("i4", "day", "day from which the broken conduits hold again", low=0, high=LATER)]
    allegiance: Annotated[int, Col("u1", "Allegiance", "whose rule it obeys")]
    recognition: Annotated[
        int,
        Col(
            "u2",
            "-",
            "its recognition rule: loci that a citizen must show; bit 6 human, 7 what nobody has, 8 no arms, 9 no damage near",
            low=0,
            high=1023,
        ),
    ]
    stop_bits: Annotated[
        int, Col("u1", "-", "bits that still make it obey when it is told to stop; copies may break them", low=0, high=255)
    ]
    halted: Annotated[int, Col("i4", "day", "day from which it plans and breeds no more; 0: it goes on", low=0, high=LATER)]
    asked: Annotated[
        int,
        Col(
            "i4", "day", "first of the month in which it next meets a neighbour in the struggle; -1: never", low=-1, high=LATER
        ),
    ]
    turned_by: Annotated[
        int, Col("i8", "-", "name of the event by which its kind obeys whom it obeys; 0: none", low=0, high=NAME)
    ]
    held_until: Annotated[int, Col("i4", "day", "day until which guards hold it: it never flips", low=0, high=LATER)]
    node: Annotated[int, Col("u1", "-", "1: a node of the Authority lives in its terminal", low=0, high=1)]
    damaged: Annotated[int, Col("i4", "day", "day of the last shot or removal of matter; -1: none", low=-1, high=LATER)]
    services: Annotated[
        int, Col("i4", "village-year", "how long its services will last; 0: it has none", low=0, high=1_000_000)
    ]
    village: Annotated[int, Col("i4", "-", "the village that lives here; -1: none", "villages", -1)]
    searched: Annotated[
        int, Col("i4", "day", "day on which a wanderer last searched it; -1: never, or forgotten", low=-1, high=LATER)
    ]
    plan_hash: Annotated[int, Col("i8", "-", "sum of the hashes of all works that it ever planned", low=-NAME - 1, high=NAME)]
    planned: Annotated[int, Col("i4", "-", "works that it ever planned", low=0, high=GROWN)]
    base: Annotated[int, Col("u1", "-", "1: a base of Safeguard: no neighbour wins it over", low=0, high=1)]
    base_event: Annotated[int, Col("i8", "-", "name of the event by which it is a base; 0: it is none", low=0, high=NAME)]
    reign: Annotated[int, Col("i4", "-", "1 + the reign that it obeys; 0: none", low=0, until="reigns")]
    corner: Annotated[Words, Span("x", 3)]
    sites: Annotated[Words, Span("sites0", 4)]


SITES_A_WORD = 56


class Charters(Table):
    """The heritable description that a foreman carries. A new row only when copying erred or a school was founded."""

    name: Annotated[int, Col("i8", "-", "lineage name of the foreman that first carried it", low=1, high=NAME)]
    parent: Annotated[int, Col("i4", "-", "the charter it was copied from; -1 for a founder's", "charters", -1, earlier=True)]
    school: Annotated[int, Col("i4", "-", "the school whose survey it uses", "schools", 0)]
    born: Annotated[int, Col("i4", "day", "day of the copy", low=0, until="days")]
    key: Annotated[int, Col("i4", "-", "31 bits of the school's name: salt of its survey and texture", low=0, high=MOST)]
    ox: Annotated[int, Col("i4", "cell", "datum: corner of the founding plot", low=-EDGE, high=EDGE)]
    oy: Annotated[int, Col("i4", "cell", "datum: corner of the founding plot", low=-EDGE, high=EDGE)]
    oz: Annotated[int, Col("i4", "cell", "datum: corner of the founding plot", low=-EDGE, high=EDGE)]
    radius: Annotated[int, Gene("i4", "bay", "distance from the datum at which survey error founds new schools", "", 1, 8, 3)]
    pitch: Annotated[int, Gene("i4", "cell", "width and depth of a plot, a multiple of 16", "", 48, 128, 80)]
    height: Annotated[int, Gene("i4", "cell", "height of a level, a multiple of 16", "", 64, 192, 112)]
    shell: Annotated[int, Gene("i4", "cell", "thickness of a plate", "", 3, 8, 4)]
    pillar: Annotated[int, Gene("i4", "cell", "half width of a pillar", "", 4, 12, 6)]
    shaft: Annotated[int, Gene("i4", "bay", "bays between shafts", "", 2, 6, 3)]
    storey: Annotated[int, Gene("i4", "cell", "height of a storey", "", 4, 6, 5)]
    plot: Annotated[int, Gene("i4", "cell", "pitch of the building sites within a bay", "", 12, 28, 20)]
    street: Annotated[int, Gene("i4", "cell", "width of the streets between sites", "", 3, 8, 5)]
    standing: Annotated[int, Gene("i4", "/256", "density of standing towers", "", 40, 250, 150)]
    hanging: Annotated[int, Gene("i4", "/256", "density of hanging towers", "", 20, 220, 110)]
    storeys: Annotated[int, Gene("i4", "storey", "height of towers", "", 3, 26, 14)]
    bridge_rate: Annotated[int, Gene("i4", "/256", "how often a tower sends out a bridge", "", 20, 250, 140)]
    bridge_span: Annotated[int, Gene("i4", "cell", "how far a bridge may reach", "", 24, 160, 110)]
    pipe_rate: Annotated[int, Gene("i4", "/256", "how often a pipe leaves a pillar", "", 0, 200, 110)]
    windows: Annotated[int, Gene("i4", "-", "16-bit mask of the window pattern", "", 0, 65535, 0x6666)]
    facade_rate: Annotated[int, Gene("i4", "/256", "how often a side is closed by a facade", "", 0, 220, 110)]
    corbel: Annotated[int, Gene("i4", "cell", "height of a pillar's capital", "", 0, 14, 8)]
    setback: Annotated[int, Gene("i4", "storey", "storeys per setback, less 2", "", 1, 8, 3)]
    machine: Annotated[int, Gene("i4", "storey", "the storey that holds the power plant", "", 1, 6, 1)]
    renovation: Annotated[int, Gene("i4", "-", "time between renovations, times `renovation_unit`", "", 200, 4000, 1500)]
    voids: Annotated[int, Gene("i4", "/256", "share of halls and great voids", "", 28, 124, 62)]
    ribs: Annotated[int, Gene("i4", "cell", "depth of the ribs under a plate", "", 2, 6, 4)]
    balcony: Annotated[int, Gene("i4", "storey", "storeys between balconies, less 1", "", 1, 5, 2)]
    pilaster: Annotated[int, Gene("i4", "cell", "distance between pilasters, less 2", "", 2, 6, 2)]
    rings: Annotated[int, Gene("i4", "storey", "storeys between ring walks, less 2", "", 2, 9, 3)]
    salt: Annotated[int, Gene("i4", "-", "salt of the survey", "", 0, 255, 7)]
    decks: Annotated[int, Gene("i4", "bay", "levels in a stratum: every so many a SHELL plate", "", 1, 4, 2)]
    presence: Annotated[int, Gene("i4", "/256", "share of inner levels that have a deck", "", 40, 230, 120)]


FIRST_STYLE = Charters.shell  # genes from here on drift by copying errors; those before are the frame


class Schools(Table):
    """Districts: all bays that are surveyed from one datum."""

    name: Annotated[int, Col("i8", "-", "lineage name of its founder", low=1, high=NAME)]
    founder: Annotated[int, Col("i4", "-", "who founded it", "foremen", 0)]
    founded: Annotated[int, Col("i4", "day", "day of its founding", low=0, until="days")]
    charter: Annotated[int, Col("i4", "-", "the charter of its founder", "charters", 0)]
    living: Annotated[int, Col("i4", "bay", "bays that have not been released", low=0, high=GROWN)]
    ever: Annotated[int, Col("i4", "bay", "bays that were ever claimed", low=0, high=GROWN)]


class Claims(Table):
    """Claims of lots and their releases. A claim takes the lots of its box that are wild, and never gains any later."""

    day: Annotated[int, Col("i4", "day", "day of the claim or release; it holds from the end of that day", low=0, until="days")]
    foreman: Annotated[int, Col("i4", "-", "who claims or releases", "foremen", 0)]
    release: Annotated[int, Col("u1", "-", "0: a claim, 1: a release of all that the foreman holds", low=0, high=1)]
    x: Annotated[int, Col("i4", "lot", "corner of the box", low=-EDGE // LOT, high=EDGE // LOT)]
    y: Annotated[int, Col("i4", "lot", "corner of the box", low=-EDGE // LOT, high=EDGE // LOT)]
    z: Annotated[int, Col("i4", "lot", "corner of the box", low=-EDGE // LOT, high=EDGE // LOT)]
    n: Annotated[int, Col("i4", "lot", "width and depth of the box", low=3, high=8)]
    m: Annotated[int, Col("i4", "lot", "height of the box", low=4, high=12)]
    lots: Annotated[int, Col("i4", "lot", "lots gained or set free", low=0, high=768)]


class Shots(Table):
    """Holes: capsules along an axis, through everything. A register, in order of firing."""

    day: Annotated[int, Col("i4", "day", "day of the shot", low=0, until="days")]
    x: Annotated[int, Col("i4", "cell", "corner of the box of the hole", low=-FAR, high=FAR)]
    y: Annotated[int, Col("i4", "cell", "corner of the box of the hole", low=-FAR, high=FAR)]
    z: Annotated[int, Col("i4", "cell", "corner of the box of the hole", low=-FAR, high=FAR)]
    axis: Annotated[int, Col("u1", "-", "0, 1, 2: along x, y, z", low=0, high=2)]
    length: Annotated[int, Col("i4", "cell", "length of the box along the axis", low=1, high=LONGEST)]
    radius: Annotated[int, Col("i4", "cell", "radius of the hole", low=1, high=32)]
    wanderer: Annotated[int, Col("i4", "-", "who fired; -1: the scenario", "wanderers", -1)]
    corner: Annotated[Words, Span("x", 3)]


class Villages(Table):
    """People who live together, in one bay. A register, in order of founding."""

    name: Annotated[int, Col("i8", "-", "lineage name", low=1, high=NAME)]
    parent: Annotated[
        int,
        Col("i4", "-", "the village that its founders left; -1: settled at the dawn of the era", "villages", -1, earlier=True),
    ]
    bay: Annotated[int, Col("i4", "-", "where they live", "foremen", 0)]
    founded: Annotated[int, Col("i4", "day", "day of its founding", low=0, until="days")]
    ended: Annotated[int, Col("i4", "day", "day on which nobody was left; -1: it stands", low=-1, until="days")]
    people: Annotated[int, Col("i4", "person", "residents", low=0, high=GROWN)]
    infected: Annotated[int, Col("i4", "person", "residents who are infectious", low=0, high=GROWN)]
    carriers: Annotated[int, Col("i4", "person", "residents who carry the whole key", low=0, high=GROWN)]
    capacity: Annotated[int, Col("i4", "person", "how many the bay and the services around it feed", low=0, high=1_000_000)]
    store: Annotated[int, Col("i8", "person-day", "food in store", low=0, high=COUNT)]
    arms: Annotated[int, Col("i4", "-", "weapons in hand", low=0, high=1_000_000)]
    sense: Annotated[
        int, Col("i4", "/256", "share of the bays within two hops that are infected and have an eye", low=0, high=256)
    ]
    alert: Annotated[int, Col("i4", "/256", "what Safeguard makes of it, on the day `alert_day`", low=0, high=1 << 16)]
    alert_day: Annotated[int, Col("i4", "day", "day to which `alert` refers", low=0, high=LATER)]
    barrier_until: Annotated[int, Col("i4", "day", "day until which a barrier hides it", low=0, high=LATER)]
    barrier_day: Annotated[int, Col("i4", "day", "day on which it was last given a barrier; -1: never", low=-1, high=LATER)]
    warned_until: Annotated[int, Col("i4", "day", "day until which its people are on their guard", low=0, high=LATER)]
    delayed_until: Annotated[int, Col("i4", "day", "day until which no unit is sent here", low=0, high=LATER)]
    sanctuary: Annotated[int, Col("u1", "-", "1: where the Wanderer gathers those who carry pieces of the key", low=0, high=1)]
    known: Annotated[
        int,
        Col("i4", "day", "day on which the Wanderer last was here or heard of it; -1: he does not know it", low=-1, high=LATER),
    ]
    mask_seen: Annotated[int, Col("u1", "-", "loci that his tests have shown here", low=0, high=255)]
    cult: Annotated[int, Col("u1", "-", "1: a village of the cult, which no eye hunts", low=0, high=1)]
    walled_in: Annotated[int, Col("u1", "-", "1: every way out leads through a shell plate or past an eye", low=0, high=1)]
    dark: Annotated[
        int, Col("i4", "%", "share of the power it wanted in the last year that its bay could not give", low=0, high=100)
    ]


class Persons(Table):
    """Everyone who ever lived in the era. A register, in order of birth; the dead keep their row."""

    name: Annotated[int, Col("i8", "-", "lineage name", low=1, high=NAME)]
    mother: Annotated[int, Col("i4", "-", "-1: unknown, of the first", "persons", -1, earlier=True)]
    father: Annotated[int, Col("i4", "-", "-1: unknown, of the first", "persons", -1, earlier=True)]
    born: Annotated[
        int, Col("i4", "day", "day of birth; may lie before the founding of the city", low=-200 * YEAR, until="days")
    ]
    female: Annotated[int, Col("u1", "-", "1: bears children", low=0, high=1)]
    haplotype_a: Annotated[int, Col("u1", "-", "loci of the key, from the mother; bit 6: human", low=0, high=127)]
    haplotype_b: Annotated[int, Col("u1", "-", "loci of the key, from the father; bit 6: human", low=0, high=127)]
    health: Annotated[int, Col("u1", "Health", "where they are in the course of the infection")]
    infected_day: Annotated[int, Col("i4", "day", "day of infection; -1: never", low=-1, until="days")]
    village: Annotated[int, Col("i4", "-", "where they live or last lived", "villages", 0)]
    died: Annotated[int, Col("i4", "day", "day of death; -1: alive", low=-1, until="days")]
    tested: Annotated[int, Col("i4", "day", "day on which the Wanderer tested them; -1: never", low=-1, until="days")]
    shown: Annotated[int, Col("u1", "-", "loci that the test showed", low=0, high=255)]
    led_by: Annotated[int, Col("i4", "-", "who leads them on a journey; -1: nobody", "wanderers", -1)]


HUMAN = 1 << 6  # the locus that everyone has: the healthy rule asks for it
IMPOSSIBLE = 1 << 7  # the locus that nobody can have: the cult's rule asks for it
ARMED_OUT = 1 << 8  # of a rule: whoever lives in an armed village is no citizen
DAMAGE_OUT = 1 << 9  # of a rule: whoever lives beside what was damaged is no citizen


class Units(Table):
    """Safeguard's machines, made out of the city's own matter. A register, in order of manufacture."""

    name: Annotated[int, Col("i8", "-", "lineage name", low=1, high=NAME)]
    bay: Annotated[int, Col("i4", "-", "the bay of the eye: where its matter was taken", "foremen", 0)]
    village: Annotated[int, Col("i4", "-", "the village that it hunts; -1: none", "villages", -1)]
    raid: Annotated[int, Col("i8", "-", "name of the event that sent it", low=1, high=NAME)]
    level: Annotated[int, Col("u1", "-", "1..4", low=1, high=4)]
    mass: Annotated[int, Col("i4", "cell", "matter that it is made of", low=1, high=64)]
    made: Annotated[int, Col("i4", "day", "day of manufacture", low=0, until="days")]
    arrives: Annotated[int, Col("i4", "day", "day on which it reaches the village", low=0, high=LATER)]
    leash_until: Annotated[int, Col("i4", "day", "day on which it stands down", low=0, high=LATER)]
    ended: Annotated[int, Col("i4", "day", "day on which it ended; -1: it hunts", low=-1, until="days")]
    fate: Annotated[int, Col("u1", "Fate", "what became of it")]
    hunts: Annotated[int, Col("i4", "-", "the Wanderer whom it hunts; -1: none", "wanderers", -1)]
    goal: Annotated[int, Col("i4", "-", "the bay where it looks for whom it hunts", "foremen", 0)]


class Wanderers(Table):
    """Killy the Wanderer (more than one by a knob)."""

    name: Annotated[int, Col("i8", "-", "lineage name", low=1, high=NAME)]
    bay: Annotated[int, Col("i4", "-", "where he is, or was when he set out", "foremen", 0)]
    mission: Annotated[int, Col("u1", "Mission", "what he is about")]
    due: Annotated[int, Col("i4", "day", "day of his next decision or arrival", low=0, high=LATER)]
    goal: Annotated[int, Col("i4", "-", "the bay he walks to; -1: none", "foremen", -1)]
    goal_village: Annotated[int, Col("i4", "-", "the village he walks to or leads people to; -1: none", "villages", -1)]
    hops: Annotated[int, Col("i4", "bay", "hops made on the way to `goal`", low=0, high=GROWN)]
    charge: Annotated[int, Col("i4", "-", "the carrier whom he leads; -1: none", "persons", -1)]
    group: Annotated[int, Col("i4", "person", "how many he has set out with, to a sanctuary", low=0, high=6)]
    hits: Annotated[int, Col("i4", "-", "what he can still take, on the day `updated`; 0: broken", low=0, high=1000)]
    energy: Annotated[int, Col("i4", "-", "what the gun has, on the day `updated`", low=0, high=1000)]
    updated: Annotated[int, Col("i4", "day", "day to which hits and energy refer", low=0, high=LATER)]
    since: Annotated[int, Col("i4", "day", "day on which the mission began", low=0, high=LATER)]
    cause: Annotated[int, Col("i8", "-", "name of the event that led to the mission", low=0, high=NAME)]
    reported: Annotated[int, Col("i4", "day", "day of his last report to a node; -1: never", low=-1, until="days")]
    advised: Annotated[int, Col("i4", "-", "the village that the Authority named to him; -1: none", "villages", -1)]
    step: Annotated[int, Col("i4", "-", "the bay that he reaches next on his way; -1: he does not walk", "foremen", -1)]
    detour: Annotated[
        int, Col("i4", "-", "the bay to which he walks round a corner; -1: he goes by the compass", "foremen", -1)
    ]
    seen: Annotated[int, Col("i4", "-", "the bay where Safeguard last saw him; -1: it has lost him", "foremen", -1)]
    seen_day: Annotated[int, Col("i4", "day", "day on which it did", low=0, high=LATER)]
    seen_by: Annotated[int, Col("i8", "-", "name of the event because of which he is hunted; 0: none", low=0, high=NAME)]
    hunted: Annotated[int, Col("i4", "day", "day of that event", low=0, high=LATER)]
    waves: Annotated[int, Col("u1", "-", "how many times hunters will still be sent after him", low=0, high=255)]
    order: Annotated[int, Col("u1", "Order", "what the Authority has asked of him last")]
    order_bay: Annotated[int, Col("i4", "-", "the base that he is to destroy; -1: none", "foremen", -1)]
    order_village: Annotated[int, Col("i4", "-", "the village that he is to stand by; -1: none", "villages", -1)]
    led0: Annotated[int, Col("i4", "-", "one of those whom he leads to a sanctuary; -1: nobody", "persons", -1)]
    led1: Annotated[int, Col("i4", "-", "another", "persons", -1)]
    led2: Annotated[int, Col("i4", "-", "another", "persons", -1)]
    led3: Annotated[int, Col("i4", "-", "another", "persons", -1)]
    led4: Annotated[int, Col("i4", "-", "another", "persons", -1)]
    led5: Annotated[int, Col("i4", "-", "another", "persons", -1)]
    led: Annotated[Words, Span("led0", 6)]


class Powers(Table):
    """Safeguard, the Authority, and the counts of the remnant: one row."""

    era_day: Annotated[int, Col("i4", "day", "day on which the era of people began; -1: not yet", low=-1, until="days")]
    struck: Annotated[int, Col("i4", "day", "day on which the cult struck; -1: not yet", low=-1, until="days")]
    raid_ppm: Annotated[int, Col("i8", "ppm", "this world's raids per village-year at 100 people", low=0, high=COUNT)]
    frequency_ppm: Annotated[
        int, Col("i8", "ppm", "this world's frequency of each locus on the first day", low=0, high=1_000_000)
    ]
    alert: Annotated[int, Col("i8", "/65536", "the alert of Safeguard, on the day `alert_day`", low=0, high=(1 << 30) - 1)]
    alert_day: Annotated[int, Col("i4", "day", "day to which `alert` refers", low=0, high=LATER)]
    alert_step: Annotated[
        int, Col("i4", "-", "floor(4 log2(1 + alert)), 0..15, as of the first day of the month", low=0, high=15)
    ]
    tokens: Annotated[int, Col("i8", "/360", "tokens of the Authority, on the day `tokens_day`", low=0, high=40 * YEAR)]
    tokens_day: Annotated[int, Col("i4", "day", "day to which `tokens` refers", low=0, high=LATER)]
    override_since: Annotated[
        int, Col("i4", "day", "day from which a carrier has stood at a terminal; -1: nobody does", low=-1, until="days")
    ]
    override_bay: Annotated[int, Col("i4", "-", "the bay of that terminal", "foremen", -1)]
    override_person: Annotated[int, Col("i4", "-", "that carrier", "persons", -1)]
    overridden: Annotated[int, Col("i4", "day", "day of the first override by the whole key; -1: none", low=-1, until="days")]
    override_event: Annotated[int, Col("i8", "-", "name of the event of the last override; 0: none", low=0, high=NAME)]
    obeyed_since: Annotated[
        int, Col("i4", "day", "day since which the conditions of RESTORED hold; -1: they do not", low=-1, until="days")
    ]
    restored: Annotated[int, Col("i4", "day", "-1: not restored", low=-1, until="days")]
    relapsed: Annotated[int, Col("i4", "day", "-1: no relapse", low=-1, until="days")]
    extinct: Annotated[int, Col("i4", "day", "-1: somebody lives", low=-1, until="days")]
    locked: Annotated[
        int, Col("i4", "day", "day on which some locus was first in nobody alive; -1: none", low=-1, until="days")
    ]
    people: Annotated[int, Col("i8", "person", "alive", low=0, high=COUNT)]
    villages: Annotated[int, Col("i8", "village", "standing", low=0, high=GROWN)]
    carriers: Annotated[int, Col("i8", "person", "alive with the whole key", low=0, high=GROWN)]
    known_carriers: Annotated[int, Col("i8", "person", "of them, shown by a test", low=0, high=GROWN)]
    locus0: Annotated[int, Col("i8", "person", "alive who show locus 0", low=0, high=COUNT)]
    locus1: Annotated[int, Col("i8", "person", "alive who show locus 1", low=0, high=COUNT)]
    locus2: Annotated[int, Col("i8", "person", "alive who show locus 2", low=0, high=COUNT)]
    locus3: Annotated[int, Col("i8", "person", "alive who show locus 3", low=0, high=COUNT)]
    locus4: Annotated[int, Col("i8", "person", "alive who show locus 4", low=0, high=COUNT)]
    locus5: Annotated[int, Col("i8", "person", "alive who show locus 5", low=0, high=COUNT)]
    births: Annotated[int, Col("i8", "person", "ever born in the era", low=0, high=COUNT)]
    deaths_age: Annotated[int, Col("i8", "person", "ever died of age and everyday danger", low=0, high=COUNT)]
    deaths_hunger: Annotated[int, Col("i8", "person", "ever died of hunger", low=0, high=COUNT)]
    deaths_units: Annotated[int, Col("i8", "person", "ever killed by units", low=0, high=COUNT)]
    deaths_shot: Annotated[int, Col("i8", "person", "ever killed in the line of the gun", low=0, high=COUNT)]
    deaths_journey: Annotated[int, Col("i8", "person", "ever died on a journey", low=0, high=COUNT)]
    deaths_exposed: Annotated[int, Col("i8", "person", "ever died with nowhere to go", low=0, high=COUNT)]
    deaths_crushed: Annotated[int, Col("i8", "person", "ever died where builders came", low=0, high=COUNT)]
    raids: Annotated[int, Col("i8", "-", "dispatches ever", low=0, high=COUNT)]
    hunting: Annotated[int, Col("i8", "unit", "units that hunt", low=0, high=GROWN)]
    mass_taken: Annotated[int, Col("i8", "cell", "matter ever made into units", low=0, high=COUNT)]
    mass_rubble: Annotated[int, Col("i8", "cell", "of it, rubble now", low=0, high=COUNT)]
    mass_returned: Annotated[int, Col("i8", "cell", "of it, given back to the city", low=0, high=COUNT)]
    mass_hunting: Annotated[int, Col("i8", "cell", "of it, in units that hunt", low=0, high=COUNT)]
    safeguard_bays: Annotated[int, Col("i8", "bay", "living bays that obey Safeguard", low=0, high=GROWN)]
    authority_bays: Annotated[int, Col("i8", "bay", "living bays that obey the Authority", low=0, high=GROWN)]
    nodes: Annotated[int, Col("i8", "bay", "living nodes of the Authority", low=0, high=GROWN)]
    halted: Annotated[int, Col("i8", "bay", "living bays that have been told to stop, and obey", low=0, high=COUNT)]
    flips: Annotated[int, Col("i8", "-", "bays ever won over in the struggle", low=0, high=COUNT)]
    spread_since: Annotated[
        int, Col("i4", "day", "day from which bays are asked in the struggle; -1: all are healthy", low=-1, high=LATER)
    ]
    purged: Annotated[int, Col("i4", "day", "day of the last purge; -1: none", low=-1, until="days")]
    bases: Annotated[int, Col("i8", "bay", "bases of Safeguard", low=0, high=GROWN)]
    reigns: Annotated[int, Col("i8", "-", "reigns of the Authority that stand", low=0, high=GROWN)]
    cult_villages: Annotated[int, Col("i8", "village", "standing villages of the cult", low=0, high=GROWN)]
    mass_salvaged: Annotated[int, Col("i8", "cell", "matter that people ever took out of the city", low=0, high=COUNT)]
    loci: Annotated[Words, Span("locus0", 6)]
    deaths: Annotated[Words, Span("deaths_age", 7)]


class Reigns(Table):
    """Bays that obey the Authority since somebody with the whole key stood at a terminal. A register, in order of beginning."""

    name: Annotated[int, Col("i8", "-", "lineage name", low=1, high=NAME)]
    person: Annotated[int, Col("i4", "-", "the carrier with whom it began", "persons", 0)]
    bay: Annotated[int, Col("i4", "-", "the bay of the terminal where it began", "foremen", 0)]
    begun: Annotated[int, Col("i4", "day", "day of its beginning", low=0, until="days")]
    event: Annotated[int, Col("i8", "-", "name of the event of the override that began it", low=1, high=NAME)]
    overrides: Annotated[int, Col("i4", "-", "overrides that began it or made it grow", low=1, high=GROWN)]
    bays: Annotated[int, Col("i4", "bay", "living bays that still obey it", low=0, high=GROWN)]
    most: Annotated[int, Col("i4", "bay", "the most that ever obeyed it at the end of a month", low=0, high=GROWN)]
    lost: Annotated[int, Col("i4", "day", "day on which it last lost a bay; -1: never", low=-1, until="days")]
    lost_by: Annotated[int, Col("i8", "-", "name of the event that took that bay; 0: none", low=0, high=NAME)]
    fell: Annotated[int, Col("i4", "day", "day on which it fell; -1: it stands", low=-1, until="days")]


class Plan(Table, word="i4"):
    """Planned works that wait for their start day (full mode only; the digests of plans are in `Foremen.plan_hash`)."""

    day: Annotated[int, Col("i4", "day", "start day", low=0, high=LATER)]
    foreman: Annotated[int, Col("i4", "-", "whose work it will be", "foremen", 0)]
    errand: Annotated[int, Col("u1", "Errand", "what the site office must find out first")]
    kind: Annotated[int, Col("u1", "WorkKind", "kind of the work")]
    x: Annotated[int, Col("i4", "cell", "corner, or the place where a sounding begins", low=-FAR, high=FAR)]
    y: Annotated[int, Col("i4", "cell", "corner, or the place where a sounding begins", low=-FAR, high=FAR)]
    z: Annotated[int, Col("i4", "cell", "corner, or the place where a sounding begins", low=-FAR, high=FAR)]
    sx: Annotated[int, Col("i4", "cell", "size; for a sounding its direction along x", low=-1, high=LONGEST)]
    sy: Annotated[int, Col("i4", "cell", "size; for a sounding its direction along y", low=-1, high=LONGEST)]
    sz: Annotated[int, Col("i4", "cell", "size; for a sounding the width", low=0, high=LONGEST)]
    scan: Annotated[int, Col("i4", "-", "scan order; for a sounding its reach", low=0, high=LONGEST)]
    a: Annotated[int, Col("i4", "-", "first parameter of the pattern", low=0, high=LONGEST)]
    b: Annotated[int, Col("i4", "-", "second parameter of the pattern", low=0, high=MOST)]
    duration: Annotated[int, Col("i4", "day", "nominal duration", low=0, high=MOST)]
    item: Annotated[int, Col("i4", "-", "number of the item in the agenda", low=0, high=MOST)]
    epoch: Annotated[int, Col("i4", "-", "epoch of the plan", low=0, high=MOST)]
    roll: Annotated[int, Col("i4", "-", "31 drawn bits that belong to the work", low=0, high=MOST)]
    next: Annotated[int, Col("i4", "-", "next row in the same bucket of the calendar; not state", low=0, high=0)]


TO_AND_FRO = 64  # in the item of a bridge, beside how far it begins from the middle of its house: only two sides to try


class Events(Table):
    """The chronicle. Within a day rows are in order of (kind, who, whom)."""

    day: Annotated[int, Col("i4", "day", "when", low=0, until="days")]
    kind: Annotated[int, Col("u1", "EventKind", "what")]
    who: Annotated[int, Col("i8", "-", "name of the one it happened to", low=0, high=NAME)]
    whom: Annotated[int, Col("i8", "-", "name of the other one; 0: nobody", low=0, high=NAME)]
    place: Annotated[int, Col("i8", "-", "name of the bay where it happened; 0: nowhere", low=0, high=NAME)]
    magnitude: Annotated[int, Col("i8", "-", "how much, in the unit of the kind", low=-COUNT, high=COUNT)]
    cause: Annotated[int, Col("i8", "-", "name of the event that led to it; 0: none known", low=0, high=NAME)]
    chance_ppb: Annotated[int, Col("i8", "ppb", "the probability that it had; 0: it was not drawn", low=0, high=1_000_000_000)]
    name: Annotated[
        int, Col("i8", "-", "hash of (day, kind, who, whom): by it causes are told, in every fork alike", low=1, high=NAME)
    ]


class Series(Table):
    """One row per year, taken at the end of its last day. Equal in full and outline mode."""

    year: Annotated[int, Col("i4", "year", "years since the founding", low=1, until="years")]
    bays: Annotated[int, Col("i4", "bay", "bays that have not been released", low=0, high=GROWN)]
    born: Annotated[int, Col("i4", "bay", "bays ever claimed", low=0, high=GROWN)]
    died: Annotated[int, Col("i4", "bay", "bays ever released", low=0, high=GROWN)]
    boxed_in: Annotated[int, Col("i4", "bay", "living bays that found no room to breed", low=0, high=GROWN)]
    schools: Annotated[int, Col("i4", "school", "schools with a living bay", low=0, high=GROWN)]
    charters: Annotated[int, Col("i4", "-", "charters ever written", low=0, high=GROWN)]
    lots: Annotated[int, Col("i8", "lot", "lots owned", low=0, high=COUNT)]
    planned: Annotated[int, Col("i8", "work", "works ever planned", low=0, high=COUNT)]
    charged: Annotated[int, Col("i8", "power", "power ever charged for plans", low=0, high=COUNT)]
    renovations: Annotated[int, Col("i8", "-", "renovations ever begun", low=0, high=COUNT)]
    greatest: Annotated[int, Col("i8", "cell", "nominal cells of the greatest work planned in this year", low=0, high=COUNT)]
    greatest_kind: Annotated[int, Col("u1", "WorkKind", "its kind", low=0)]
    greatest_foreman: Annotated[int, Col("i8", "-", "name of the foreman that planned it", low=0, high=NAME)]
    people: Annotated[int, Col("i8", "person", "alive", low=0, high=COUNT)]
    villages: Annotated[int, Col("i4", "village", "standing", low=0, high=GROWN)]
    births: Annotated[int, Col("i8", "person", "ever born in the era", low=0, high=COUNT)]
    deaths_age: Annotated[int, Col("i8", "person", "ever died of age and everyday danger", low=0, high=COUNT)]
    deaths_hunger: Annotated[int, Col("i8", "person", "ever died of hunger", low=0, high=COUNT)]
    deaths_units: Annotated[int, Col("i8", "person", "ever killed by units", low=0, high=COUNT)]
    deaths_shot: Annotated[int, Col("i8", "person", "ever killed in the line of the gun", low=0, high=COUNT)]
    deaths_journey: Annotated[int, Col("i8", "person", "ever died on a journey", low=0, high=COUNT)]
    deaths_exposed: Annotated[int, Col("i8", "person", "ever died with nowhere to go", low=0, high=COUNT)]
    deaths_crushed: Annotated[int, Col("i8", "person", "ever died where builders came", low=0, high=COUNT)]
    alert: Annotated[int, Col("i8", "/65536", "the alert of Safeguard", low=0, high=(1 << 30) - 1)]
    raids: Annotated[int, Col("i8", "-", "dispatches ever", low=0, high=COUNT)]
    hunting: Annotated[int, Col("i4", "unit", "units that hunt", low=0, high=GROWN)]
    safeguard_bays: Annotated[int, Col("i4", "bay", "living bays that obey Safeguard", low=0, high=GROWN)]
    authority_bays: Annotated[int, Col("i4", "bay", "living bays that obey the Authority", low=0, high=GROWN)]
    nodes: Annotated[int, Col("i4", "bay", "living nodes of the Authority", low=0, high=GROWN)]
    carriers: Annotated[int, Col("i4", "person", "alive with the whole key", low=0, high=GROWN)]
    known_carriers: Annotated[int, Col("i4", "person", "of them, shown by a test", low=0, high=GROWN)]
    loci: Annotated[int, Col("u1", "-", "mask of the loci that somebody alive shows", low=0, high=255)]


# Columns of the series that keep a count of the powers, and that count: they have the same name.
KEPT_COUNTS = tuple((y.number, p.number) for y in columns(Series) for p in columns(Powers) if y.name == p.name)


class Tally(Table):
    """What the laws have counted so far: one row, equal in full and outline mode."""

    planned: Annotated[int, Col("i8", "work", "works planned", low=0, high=COUNT)]
    charged: Annotated[int, Col("i8", "power", "power charged for plans", low=0, high=COUNT)]
    renovations: Annotated[int, Col("i8", "-", "renovations begun", low=0, high=COUNT)]
    died: Annotated[int, Col("i8", "bay", "bays released", low=0, high=GROWN)]
    lots: Annotated[int, Col("i8", "lot", "lots owned", low=0, high=COUNT)]
    boxed_in: Annotated[int, Col("i8", "bay", "living bays that found no room to breed", low=0, high=GROWN)]
    schools: Annotated[int, Col("i8", "school", "schools with a living bay", low=0, high=GROWN)]
    wakes: Annotated[int, Col("i8", "-", "decisions of foremen", low=0, high=COUNT)]
    attempts: Annotated[int, Col("i8", "-", "attempts to breed", low=0, high=COUNT)]
    tests: Annotated[int, Col("i8", "-", "plots tested for room", low=0, high=COUNT)]
    lost: Annotated[int, Col("i8", "-", "claims lost to a rival of the same day", low=0, high=COUNT)]
    roused: Annotated[int, Col("i8", "-", "boxed-in foremen roused by a release nearby", low=0, high=COUNT)]
    greatest: Annotated[int, Col("i8", "cell", "nominal cells of the greatest work planned this year", low=0, high=COUNT)]
    greatest_kind: Annotated[int, Col("i8", "WorkKind", "its kind", low=0)]
    greatest_foreman: Annotated[int, Col("i8", "-", "name of the foreman that planned it", low=0, high=NAME)]
    ordered: Annotated[int, Col("i8", "-", "shots of the scenario that have been fired", low=0, until="orders")]


class Sizes(Table):
    """How much of each array is in use: one row. Not state: every number follows from the tables."""

    works: Annotated[int, Col("i8", "row", "works in the ledger")]
    foremen: Annotated[int, Col("i8", "row", "foremen ever")]
    charters: Annotated[int, Col("i8", "row", "charters ever")]
    schools: Annotated[int, Col("i8", "row", "schools ever")]
    claims: Annotated[int, Col("i8", "row", "claims and releases")]
    events: Annotated[int, Col("i8", "row", "events in memory")]
    events_before: Annotated[int, Col("i8", "row", "events already written out")]
    series: Annotated[int, Col("i8", "row", "years in memory")]
    shots: Annotated[int, Col("i8", "row", "holes, those of tomorrow too")]
    persons: Annotated[int, Col("i8", "row", "people ever")]
    villages: Annotated[int, Col("i8", "row", "villages ever")]
    units: Annotated[int, Col("i8", "row", "units ever")]
    wanderers: Annotated[int, Col("i8", "row", "wanderers")]
    plan: Annotated[int, Col("i8", "row", "highest row of the plan that was ever used")]
    plan_free: Annotated[int, Col("i8", "row", "head of the list of free rows of the plan")]
    sectors: Annotated[int, Col("i8", "row", "sectors of 4^3 lots")]
    chunks: Annotated[int, Col("i8", "row", "chunks of the lists of works; 0 is never used")]
    soundings: Annotated[int, Col("i8", "-", "rays sounded by the site office")]
    offered: Annotated[int, Col("i8", "-", "planned works that came up")]
    voided: Annotated[int, Col("i8", "-", "planned works that the site office gave up")]
    reigns: Annotated[int, Col("i8", "row", "reigns ever")]


TABLES: dict[str, type[Table]] = {
    "works": Works,
    "foremen": Foremen,
    "charters": Charters,
    "schools": Schools,
    "claims": Claims,
    "shots": Shots,
    "villages": Villages,
    "persons": Persons,
    "units": Units,
    "wanderers": Wanderers,
    "powers": Powers,
    "plan": Plan,
    "events": Events,
    "series": Series,
    "tally": Tally,
    "reigns": Reigns,
}
