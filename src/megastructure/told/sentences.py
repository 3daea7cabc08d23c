"""What the chronicle says of every kind of event: one declaration each, filled from the row of the event alone.

A sentence knows `who`, `whom`, `place`, the `amount` (magnitude with its unit), the plain number `n`, and `what` (the word
for a magnitude that is a code). The words of the powers come from a vocabulary, so that the same log reads with the names of
its models or with names of its own. Nothing here decides anything: a history is the same however it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..ground.codes import Allegiance, DeathCause, EventKind, Order
from ..ground.tables import ARMED_OUT, DAMAGE_OUT, HUMAN, IMPOSSIBLE, YEAR
from ..words.errors import MegastructureError
from ..words.names import spoken, spoken_place

LOCI = 6  # at most

VOCABULARY: dict[str, dict[str, str]] = {
    "seed": {
        "first_wanderer": "Killy", "Wanderer": "the Wanderer", "Safeguard": "Safeguard", "Authority": "the Authority",
        "Key": "the Net Terminal Gene", "unit": "unit", "Cult": "the cult", "order": "commission",
    },
    "plain": {
        "first_wanderer": "", "Wanderer": "the wanderer", "Safeguard": "the warden", "Authority": "the steward",
        "Key": "the key", "unit": "unit", "Cult": "the sect", "order": "commission",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """How one kind of event is told.

    sentence   with {who}, {whom}, {place}, {amount}, {n}, {what} and the words of the vocabulary
    caption    a few words for lists and figures
    unit       of the magnitude: `one|many`, `day` (told as years when long), `mask`, `locus` or `rule`; empty: it says nothing
    spoiler    only an observer who knows everything knows it
    weight     how much such an event matters, before its chance and its consequences are looked at
    who, whom  what the names stand for; `a|b`: a if it is one, else b
    alone      the sentence where `whom` is nobody; empty: the same
    what       words for magnitudes that are codes
    """

    sentence: str
    caption: str
    unit: str = ""
    spoiler: bool = False
    weight: float = 1.0
    who: str = "bay"
    whom: str = ""
    alone: str = ""
    what: Mapping[int, str] = field(default_factory=dict)


DEATHS = {
    int(DeathCause.AGE): "of age or by mishap", int(DeathCause.HUNGER): "of hunger", int(DeathCause.UNITS): "in a raid",
    int(DeathCause.SHOT): "in the line of the gun", int(DeathCause.JOURNEY): "on a journey",
    int(DeathCause.EXPOSED): "with nowhere to go", int(DeathCause.CRUSHED): "under the works of the builders",
}  # fmt: skip
RULES = {
    int(Allegiance.HEALTHY): "is healthy again", int(Allegiance.SAFEGUARD): "falls to {Safeguard}",
    int(Allegiance.AUTHORITY): "is won by {Authority}",
}  # fmt: skip
REFUSALS = {1: "no node of {Authority} is alive", 2: "the key is not whole"}
MERCIES = {
    0: "", 1: ", for its people show what is asked for there", 2: ", for they bear no arms",
    3: ", for nothing near them is broken", 4: ", for people are citizens there",
}  # fmt: skip
PEOPLE = "person|people"

V = EventKind
KINDS: dict[EventKind, Kind] = {
    # The city
    V.FOUNDING: Kind("The foreman of {who} claims the first bay: the city begins", "founding", weight=3),
    V.BAY_BORN: Kind(
        "{whom} sends out a child, and {who} is claimed: {amount}", "bay claimed", "lot|lots", weight=0.02, whom="bay"
    ),
    V.SCHOOL_FOUNDED: Kind(
        "At {who} a new school of building begins, with bays of {amount}",
        "school founded",
        "cell|cells",
        weight=0.3,
        whom="bay",
    ),
    V.RENOVATION: Kind("{who} is built over: epoch {n}", "renovation", "-", weight=0.02),
    V.BAY_DIED: Kind("The foreman of {who} dies after {amount}", "bay died", "day", weight=0.03),
    V.BAY_RELEASED: Kind("{who} is torn down, and {amount} go wild", "bay released", "lot|lots", weight=0.02),
    V.SHOT: Kind(
        "{whom} fires: {who} opens a hole of {amount}",
        "shot",
        "cell|cells",
        weight=1,
        who="shot",
        whom="wanderer",
        alone="A shot without a marksman, {who}, opens a hole of {amount}",
    ),
    V.REPAIR: Kind("{who} closes what {whom} tore open: {amount}", "repair", "cell|cells", weight=0.05, whom="shot"),
    # The remnant
    V.ERA_DAWN: Kind("The era of people begins: {amount} live in the city", "dawn of the era", PEOPLE, weight=10, who="nobody"),
    V.VILLAGE_SETTLED: Kind("{amount} live in {who}, in the bay {place}", "village settled", PEOPLE, weight=0.5, who="village"),
    V.PERSON_BORN: Kind("{whom} bears {who} at {place}", "birth", "-", weight=0.05, who="person", whom="person"),
    V.PERSON_DIED: Kind(
        "{who} dies {what} at {place}, killed by {whom}",
        "death",
        "DeathCause",
        weight=0.1,
        who="person",
        whom="wanderer|unit",
        alone="{who} dies {what} at {place}",
        what=DEATHS,
    ),
    V.PERSON_INFECTED: Kind(
        "{who} catches the infection {what}",
        "infection",
        "-",
        weight=0.05,
        who="person",
        what={0: "from the city", 1: "from another"},
    ),
    V.VILLAGE_FOUNDED: Kind(
        "{amount} leave {whom} and found {who} in the bay {place}",
        "village founded",
        PEOPLE,
        weight=1.5,
        who="village",
        whom="village",
        alone="{amount} found {who} in the bay {place}",
    ),
    V.VILLAGE_ENDED: Kind(
        "Nobody is left in {who}, which stood for {amount}", "village ended", "year|years", weight=1.5, who="village"
    ),
    V.MIGRATION: Kind("{who} moves to {whom}", "migration", "", weight=0.1, who="person", whom="village"),
    V.TRADE: Kind(
        "{who} sends {amount} of food to {whom}", "trade", "person-day|person-days", weight=0.05, who="village", whom="village"
    ),
    V.HUNGER: Kind("The stores of {who} are empty: {amount} go hungry", "hunger", PEOPLE, weight=0.5, who="village"),
    V.FLIGHT: Kind(
        "{amount} flee from {who} to {whom}",
        "flight",
        PEOPLE,
        weight=1,
        who="village",
        whom="village",
        alone="{amount} flee from {who} into the city",
    ),
    V.SERVICE_WORN: Kind("The services of {who} are worn out", "services worn out", "", weight=0.1),
    V.CARRIER_BORN: Kind(
        "{whom} bears {who}, who carries the whole of {Key}, and nobody knows", "carrier born", "", True, 4, "person", "person"
    ),
    V.CARRIER_DIED: Kind(
        "{who}, who carried {Key}, dies {what}",
        "carrier died",
        "-",
        True,
        4,
        "person",
        what={0: "untested", 1: "known for what they were"},
    ),
    V.LOCUS_LOST: Kind("With {who} {amount} of {Key} is gone from the living", "locus lost", "locus", True, 5, "person"),
    V.PURGE: Kind(
        "A purge: a third of the people are dead within fifty years, with {amount} left",
        "purge",
        PEOPLE,
        weight=8,
        who="nobody",
    ),
    # Safeguard
    V.SENSED: Kind(
        "An eye in {whom} notices {who}{what}",
        "village sensed",
        "-",
        weight=0.2,
        who="village",
        whom="bay",
        what={0: "", 1: ", whose people were out"},
    ),
    V.SPARED: Kind(
        "{Safeguard} looks at {who} and finds no threat{what}",
        "village spared",
        "-",
        weight=0.3,
        who="village",
        what=MERCIES,
    ),
    V.DISPATCH: Kind(
        "From {whom} {Safeguard} sends {amount} against {who}", "dispatch", "unit|units", weight=0.6, who="village", whom="bay"
    ),
    V.UNIT_MADE: Kind(
        "In {whom} {who} is made out of {amount} of the city", "unit made", "cell|cells", weight=0.1, who="unit", whom="bay"
    ),
    V.VILLAGE_RESISTED: Kind(
        "{who} beats off the units and loses {amount}", "village resisted", "defender|defenders", weight=1, who="village"
    ),
    V.VILLAGE_FELL: Kind("{who} falls, with {amount} dead", "village fell", PEOPLE, weight=3, who="village"),
    V.UNIT_KILLED: Kind(
        "{whom} brings down {who}: {amount} of rubble",
        "unit destroyed",
        "cell|cells",
        weight=0.3,
        who="unit",
        whom="wanderer|village",
        alone="{who} is brought down: {amount} of rubble",
    ),
    V.UNIT_STOOD_DOWN: Kind(
        "{who} stands down and gives back {amount}", "unit stood down", "cell|cells", weight=0.05, who="unit"
    ),
    # The infection of machines, and the struggle
    V.STRIKE: Kind(
        "{Cult} strikes: {whom} infects the foreman of {who}",
        "strike of the cult",
        "",
        weight=10,
        whom="person",
        alone="{Cult} strikes: the foreman of {who} is infected",
    ),
    V.BAY_INFECTED: Kind("The infection passes from {whom} to {who}", "bay infected", "", weight=0.02, whom="bay"),
    V.BAY_FLIPPED: Kind(
        "{who} {what}, won over by {whom}",
        "bay flipped",
        "Allegiance",
        weight=0.1,
        whom="bay",
        alone="{who} {what}",
        what=RULES,
    ),
    # The Wanderer
    V.WANDERER_CAME: Kind("{who} comes to {place}", "the Wanderer comes", "", weight=5, who="wanderer"),
    V.BAY_SEARCHED: Kind(
        "The bay {place} is searched, level by level: {amount}",
        "bay searched",
        "village|villages",
        weight=0.2,
        who="wanderer|bay",
        whom="wanderer",
    ),
    V.VILLAGE_FOUND: Kind("{whom} finds {who}", "village found", "", weight=1, who="village", whom="wanderer"),
    V.PERSON_TESTED: Kind("{whom} tests {who} at {place}: {amount}", "test", "mask", weight=0.2, who="person", whom="wanderer"),
    V.CARRIER_MISSED: Kind(
        "{whom} stands before {who}, who carries {Key}, and does not see it",
        "carrier missed",
        "",
        True,
        4,
        "person",
        "wanderer",
    ),
    V.ESCORT_BEGUN: Kind(
        "{whom} sets out with {who} for a terminal, {amount} away",
        "escort begun",
        "hop|hops",
        weight=6,
        who="person",
        whom="wanderer",
    ),
    V.ESCORT_LOST: Kind(
        "After {amount} {whom} loses {who}", "escort lost", "hop|hops", weight=6, who="person", whom="wanderer"
    ),
    V.ESCORT_ARRIVED: Kind(
        "{whom} brings {who} to the terminal of {place}", "escort arrived", "", weight=7, who="person", whom="wanderer"
    ),
    V.GATHERED: Kind("{who} comes to the sanctuary {whom}", "gathered", "", weight=0.8, who="person", whom="village"),
    V.GROUP_LED: Kind("{who} leads {amount} out of {whom}", "group led", PEOPLE, weight=1, who="wanderer", whom="village"),
    V.WANDERER_WOUNDED: Kind(
        "{who} is wounded at {place} by {whom} and its like: {amount}",
        "the Wanderer wounded",
        "hit|hits",
        weight=0.6,
        who="wanderer",
        whom="unit",
        alone="{who} is wounded: {amount}",
    ),
    V.WANDERER_DORMANT: Kind(
        "{who} lies broken at {place}, for {amount}", "the Wanderer dormant", "day", weight=2, who="wanderer"
    ),
    V.WANDERER_WOKE: Kind("{who} wakes at {place}, after {amount}", "the Wanderer wakes", "day", weight=2, who="wanderer"),
    V.VILLAGE_FORGOTTEN: Kind("{whom} forgets {who}", "village forgotten", "", weight=0.5, who="village", whom="wanderer"),
    V.RUMOUR: Kind("{whom} hears of {who}", "rumour", "", weight=0.5, who="village", whom="wanderer"),
    # The Authority
    V.ORDER: Kind(
        "At {whom} {Authority} gives {who} a {order}: {what}",
        "order",
        "Order",
        weight=1.5,
        who="wanderer",
        whom="bay",
        what={
            int(Order.FIND_CARRIERS): "to find who carries {Key}",
            int(Order.DESTROY_BASE): "to destroy a base of {Safeguard}",
            int(Order.GUARD_VILLAGE): "to stand by a village that is in danger",
        },
    ),
    V.REPORT: Kind(
        "At {whom} {who} reports {amount} to {Authority}", "report", "village|villages", weight=1, who="wanderer", whom="bay"
    ),
    V.WARNING: Kind("{Authority} warns {who}", "warning", "", weight=0.8, who="village"),
    V.BARRIER: Kind(
        "{Authority} hides {who} behind a barrier for {amount}", "barrier", "year|years", weight=1.5, who="village"
    ),
    V.DELAY: Kind(
        "{Authority} holds back what was sent against {who}, for {amount}", "delay", "day", weight=0.5, who="village"
    ),
    V.ADVICE: Kind("{Authority} names {whom} to {who}", "advice", "", weight=1, who="wanderer", whom="village"),
    V.NODE_WOKEN: Kind("A node of {Authority} wakes in {who}", "node woken", "", weight=0.5),
    V.NODE_LOST: Kind("The node of {Authority} in {who} is lost", "node lost", "token|tokens", weight=0.8),
    V.OVERRIDE_REFUSED: Kind(
        "At the terminal of {whom} {who} is refused: {what}",
        "override refused",
        "-",
        weight=4,
        who="wanderer|person",
        whom="bay",
        what=REFUSALS,
    ),
    V.OVERRIDE_LOCAL: Kind(
        "{who} stands at the terminal of {whom}, and {amount} obey for a while",
        "local override",
        "bay|bays",
        weight=3,
        who="person",
        whom="bay",
    ),
    V.OVERRIDE: Kind(
        "{who} stands at the terminal of {whom} with the whole of {Key}: {amount} obey {Authority}",
        "override",
        "bay|bays",
        weight=10,
        who="person",
        whom="bay",
    ),
    V.BAY_HALTED: Kind("Told to stop, {who} stops building", "bay halted", "intact stop bit|intact stop bits", weight=0.1),
    V.BAY_DEFIED: Kind("Told to stop, {who} does not hear: all its stop bits are broken", "bay defied", "", weight=0.5),
    V.RESTORED: Kind("The city serves people again: {amount}", "restored", PEOPLE, weight=10, who="nobody"),
    V.RELAPSE: Kind(
        "The city turns away from people again, {amount} after it was restored", "relapse", "year|years", weight=9, who="nobody"
    ),
    V.EXTINCT: Kind("The people of the city have died out: {amount} left", "extinct", PEOPLE, weight=10, who="nobody"),
    V.LOCKED: Kind(
        "{who} was the last who had {amount}: from now on {Key} is in nobody, and cannot come together again",
        "locked",
        "locus",
        True,
        9,
        "person",
    ),
    V.SILENT_CENTURY: Kind(
        "A hundred years of silence: no node of {Authority} within reach of {Wanderer}",
        "silent century",
        "",
        weight=3,
        who="wanderer",
    ),
    # On the way
    V.INTERCEPTED: Kind(
        "{who}: an eye in {whom} sees {amount} on the way, and units are made there",
        "seen on the way",
        PEOPLE,
        weight=1,
        who="wanderer|village",
        whom="bay",
    ),
    V.BEATEN_OFF: Kind(
        "{who}: {amount} brought down on the way, at {place}",
        "beaten off on the way",
        "unit|units",
        weight=1,
        who="wanderer|village",
        whom="unit",
    ),
    V.GUARD_BEGUN: Kind(
        "{who} stays at {place} with {whom}, who carries {Key} and is a child: grown in {amount}",
        "he stays to guard",
        "year|years",
        weight=3,
        who="wanderer",
        whom="person",
    ),
    V.GUARD_ENDED: Kind(
        "{who} has guarded {whom} at {place}: {what}",
        "the guard ends",
        "-",
        weight=2,
        who="wanderer",
        whom="person",
        what={0: "they set out", 1: "there is nobody left to guard"},
    ),
    V.HUNT: Kind(
        "From {whom} {Safeguard} sends {amount} after {who}", "hunters sent", "unit|units", weight=1, who="wanderer", whom="bay"
    ),
    V.HUNT_SHAKEN: Kind(
        "{Safeguard} has lost {who}, {amount} after it last saw him", "hunters shaken off", "day", weight=0.5, who="wanderer"
    ),
    V.STOOD_BY: Kind(
        "{who} stands by {whom} for a year, as {Authority} has asked",
        "he stands by a village",
        "",
        weight=1,
        who="wanderer",
        whom="village",
    ),
    V.BASE_STORMED: Kind(
        "{who} comes to the base of {Safeguard} in {whom}, and {amount} meet it",
        "base attacked",
        "unit|units",
        weight=3,
        who="wanderer",
        whom="bay",
    ),
    V.STAYED_AWAY: Kind(
        "Hunted, {who} keeps away from {whom}", "he stays away", "", weight=0.3, who="wanderer", whom="village"
    ),
    # Reigns of the Authority, and bases of Safeguard
    V.REIGN_BEGUN: Kind(
        "A reign of {Authority} begins at {who}: {amount} stop building, told to by {whom}",
        "reign begun",
        "bay|bays",
        weight=8,
        whom="person",
    ),
    V.REIGN_GREW: Kind(
        "{whom} makes the reign of {who} grow: {amount} join it", "reign grew", "bay|bays", weight=6, whom="person"
    ),
    V.REIGN_FELL: Kind("The reign of {who} falls, after {amount}", "reign fell", "year|years", weight=8),
    V.UNITS_RECALLED: Kind(
        "At the terminal of {who} {whom} calls {amount} back", "units recalled", "unit|units", weight=2, whom="person"
    ),
    V.SERVICE_MENDED: Kind(
        "Under {Authority} the services of {who}, which {whom} had used up, are mended",
        "services mended",
        "",
        weight=0.3,
        whom="village",
    ),
    V.BASE_FOUNDED: Kind(
        "{Safeguard} makes {who} its base, against {whom}",
        "base founded",
        "",
        weight=2,
        whom="village",
        alone="{Safeguard} makes {who} its base, against a reign of {Authority}",
    ),
    V.BASE_DESTROYED: Kind(
        "{whom} destroys the base of {Safeguard} in {who}",
        "base destroyed",
        "",
        weight=4,
        whom="wanderer|person",
        alone="The base of {Safeguard} in {who} is gone",
    ),
    V.ASSAULT: Kind("From {whom} {Safeguard} storms {who}, with {amount}", "assault", "unit|units", weight=0.6, whom="bay"),
    V.ASSAULT_BEATEN: Kind(
        "The guards of {who} beat off what came from {whom}: {amount} destroyed",
        "assault beaten off",
        "unit|units",
        weight=0.6,
        whom="bay",
    ),
    V.BAY_STORMED: Kind(
        "{who} falls to {Safeguard}, stormed from {whom}, with {amount} left",
        "bay stormed",
        "unit|units",
        weight=1.5,
        whom="bay",
    ),
    V.CODE_REVISED: Kind(
        "{Safeguard} and {Authority} revise their codes: where once {Authority} won 100 bays it wins {n}",
        "codes revised",
        "-",
        weight=3,
        who="nobody",
    ),
    # Recognition and the cult
    V.RULE_DRIFTED: Kind(
        "{who} has the rule of {whom} wrongly, and now spares {amount}", "rule drifted", "rule", weight=0.4, whom="bay"
    ),
    V.REINFECTED: Kind(
        "{Cult} in {whom} gives {who} back to the code", "bay given to the code", "Allegiance", weight=0.5, whom="village"
    ),
    V.NODE_BETRAYED: Kind(
        "{Cult} in {whom} betrays the node of {Authority} in {who}", "node betrayed", "hop|hops", weight=2, whom="village"
    ),
    V.CULT_ENDED: Kind(
        "With {who} the last of {Cult} are gone, {amount} after they struck",
        "end of the cult",
        "year|years",
        weight=4,
        who="village",
    ),
    # Building as a force, and what people do to the city
    V.BUILDERS_NEAR: Kind(
        "Builders are seen near {who}: in {amount} they come to {whom}",
        "builders near",
        "day",
        weight=0.3,
        who="village",
        whom="bay",
    ),
    V.DRIVEN_OUT: Kind(
        "The builders come, and {who} loses its huts: {amount} must stay without a roof, or go to {whom}",
        "driven out",
        PEOPLE,
        weight=2,
        who="village",
        whom="village",
        alone="The builders come, and {who} loses its huts: {amount} have nowhere to go",
    ),
    V.WALLED_IN: Kind(
        "{who} is walled in: {amount} closed by plates and eyes", "walled in", "way|ways", weight=1, who="village"
    ),
    V.WAY_OPENED: Kind("{amount} out of {who} stand open again", "way opened", "way|ways", weight=1, who="village"),
    V.SALVAGED: Kind("{who} breaks {amount} out of {whom}", "salvage", "cell|cells", weight=0.1, who="village", whom="bay"),
    V.CONDUITS_BROKEN: Kind(
        "{who} breaks the conduits of {whom}, and blinds its eye for {amount}",
        "conduits broken",
        "day",
        weight=2.5,
        who="village",
        whom="bay",
    ),
}


class Speaker:
    """Tells rows of the chronicle in the words of a vocabulary."""

    def __init__(self, words: str = "seed", wanderers: Sequence[int] = ()) -> None:
        """`wanderers`: their names in order of coming; the first has a name of its own in the words of the seed."""
        if words not in VOCABULARY:
            raise MegastructureError(f"--words {words}: expected {' or '.join(VOCABULARY)}")
        self.words = VOCABULARY[words]
        self.wanderers = tuple(int(w) for w in wanderers)

    def say(self, role: str, name: int) -> str:
        """The spoken name of somebody in a role; `a|b` is a where the name is that of a wanderer, else b."""
        if name == 0 or role in ("nobody", ""):
            return "nobody"
        if "|" in role:
            role = "wanderer" if name in self.wanderers else next(r for r in role.split("|") if r != "wanderer")
        if role == "wanderer":
            first = self.words["first_wanderer"]
            return first if first and name in self.wanderers[:1] else spoken(name)
        if role == "shot":
            return f"shot {name:,}"
        if role == "unit":
            return f"the {self.words['unit']} {spoken(name)}"
        return spoken(name) if role == "person" else spoken_place(name)

    def tell(self, kind: int, who: int, whom: int, place: int, magnitude: int) -> str:
        """The sentence of an event, with its full stop."""
        k = KINDS[EventKind(kind)]
        template = k.alone if k.alone and not whom else k.sentence
        what = k.what.get(magnitude, "")
        text = template.replace("{what}", what).format(
            who=self.say(k.who, who), whom=self.say(k.whom, whom), place=spoken_place(place) if place else "no known place",
            amount=amount(k.unit, magnitude), n=f"{magnitude:,}", **self.words,
        )  # fmt: skip
        text = " ".join(text.split()).replace(" ,", ",").rstrip(": ")  # where a magnitude has no word
        return f"{text[:1].upper()}{text[1:]}."


def amount(unit: str, magnitude: int) -> str:
    """A magnitude in words: `1 person`, `312 people`, `14 years`, `loci 0, 2 and 5`."""
    if unit == "day":
        years = magnitude // YEAR
        return counted("year|years", years) if years >= 2 else counted("day|days", magnitude)
    if unit == "mask":
        return loci(magnitude)
    if unit == "rule":
        return spared_by(magnitude)
    if unit == "locus":
        return f"locus {magnitude}"
    return counted(unit, magnitude) if "|" in unit else f"{magnitude:,}"


def counted(unit: str, n: int) -> str:
    """A number with its noun, `one|many`."""
    one, many = unit.split("|")
    return f"{n:,} {one if n == 1 else many}"


def spared_by(rule: int) -> str:
    """Whom a recognition rule takes for citizens, in words."""
    if rule & IMPOSSIBLE:
        return "nobody"
    if rule & ARMED_OUT:
        return "whoever bears no arms"
    if rule & DAMAGE_OUT:
        return "whoever lives where nothing is broken"
    return f"whoever shows {loci(rule)}" if rule & (HUMAN - 1) else "whoever is human"


def loci(mask: int) -> str:
    """The loci of a mask in words."""
    there = [str(i) for i in range(LOCI) if mask >> i & 1]
    if len(there) < 2:
        return f"locus {there[0]}" if there else "nothing of the key"
    return f"loci {', '.join(there[:-1])} and {there[-1]}"


__all__ = ["KINDS", "VOCABULARY", "Kind", "Speaker", "amount", "counted", "loci"]
