"""What the chronicle says of every kind of event: one declaration each, filled from the row of the event alone.

A sentence knows `who`, `whom`, `place`, the `amount` (magnitude with its unit), the plain number `n`, `what` (the word
for a magnitude that is a code), and the verbs that follow an amount (`VERBS`). The words of the powers come from a
vocabulary, so that the same log reads with the names of its models or with names of its own. Nothing here decides anything:
a history is the same however it is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..ground.codes import Allegiance, DeathCause, EventKind, Order
from ..ground.tables import ARMED_OUT, DAMAGE_OUT, HUMAN, IMPOSSIBLE, YEAR
from ..words.counts import counted
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

    sentence   with {who}, {whom}, {place}, {amount}, {n}, {what}, {verbs} and the words of the vocabulary
    caption    a few words for lists and figures
    unit       of the magnitude: `one|many`, `day` (told as years when long), `mask`, `locus` or `rule`; empty: it says nothing
    spoiler    only an observer who knows everything knows it
    weight     how much such an event matters, before its chance and its consequences are looked at
    who, whom  what the names stand for; `a|b`: a if it is one, else b
    alone      the sentence where `whom` is nobody; empty: the same
    none       the sentence where the magnitude is 0; empty: the same
    what       words for magnitudes that are codes
    law        the file that decides it: of laws/ by its name, of the city's own as `time/...`; several with a blank between.
               Nothing stands for it: who reads a sentence must find its law
    """

    sentence: str
    caption: str
    unit: str = ""
    spoiler: bool = False
    weight: float = 1.0
    who: str = "bay"
    whom: str = ""
    alone: str = ""
    none: str = ""
    what: Mapping[int, str] = field(default_factory=dict)
    law: str = field(kw_only=True)


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
# Verbs behind an amount, as of many, and as of one.
VERBS = {"live": "lives", "leave": "leaves", "found": "founds", "go": "goes", "flee": "flees", "obey": "obeys"}

V = EventKind
KINDS: dict[EventKind, Kind] = {
    # The city
    V.FOUNDING: Kind("The foreman of {who} claims the first bay: the city begins", "founding", weight=3, law="time/genesis"),
    V.BAY_BORN: Kind(
        "{whom} sends out a child, and {who} is claimed: {amount}",
        "bay claimed",
        "lot|lots",
        weight=0.02,
        whom="bay",
        law="replication",
    ),
    V.SCHOOL_FOUNDED: Kind(
        "At {who} a new school of building begins, with bays of {amount}",
        "school founded",
        "cell|cells",
        weight=0.3,
        whom="bay",
        law="replication",
    ),
    V.RENOVATION: Kind("{who} is built over: epoch {n}", "renovation", "-", weight=0.02, law="construction"),
    V.BAY_DIED: Kind("The foreman of {who} dies after {amount}", "bay died", "day", weight=0.03, law="construction"),
    V.BAY_RELEASED: Kind(
        "{who} is torn down, and {amount} {go} wild", "bay released", "lot|lots", weight=0.02, law="construction"
    ),
    V.SHOT: Kind(
        "{whom} fires: {who} opens a hole of {amount}",
        "shot",
        "cell|cells",
        weight=1,
        who="shot",
        whom="wanderer",
        alone="A shot without a marksman, {who}, opens a hole of {amount}",
        law="gun time/holes",
    ),
    V.REPAIR: Kind(
        "{who} closes what {whom} tore open: {amount}", "repair", "cell|cells", weight=0.05, whom="shot", law="time/holes"
    ),
    # The remnant
    V.ERA_DAWN: Kind(
        "The era of people begins: {amount} {live} in the city",
        "dawn of the era",
        PEOPLE,
        weight=10,
        who="nobody",
        law="remnant",
    ),
    V.VILLAGE_SETTLED: Kind(
        "{amount} {live} in {who}, in the bay {place}", "village settled", PEOPLE, weight=0.5, who="village", law="remnant cult"
    ),
    V.PERSON_BORN: Kind(
        "{whom} bears {who} at {place}", "birth", "-", weight=0.05, who="person", whom="person", law="heredity"
    ),
    V.PERSON_DIED: Kind(
        "{who} dies {what} at {place}, killed by {whom}",
        "death",
        "DeathCause",
        weight=0.1,
        who="person",
        whom="wanderer|unit",
        alone="{who} dies {what} at {place}",
        what=DEATHS,
        law="remnant combat gun wanderer",
    ),
    V.PERSON_INFECTED: Kind(
        "{who} catches the infection {what}",
        "infection",
        "-",
        weight=0.05,
        who="person",
        what={0: "from the city", 1: "from another"},
        law="infection",
    ),
    V.VILLAGE_FOUNDED: Kind(
        "{amount} {leave} {whom} and {found} {who} in the bay {place}",
        "village founded",
        PEOPLE,
        weight=1.5,
        who="village",
        whom="village",
        alone="{amount} {found} {who} in the bay {place}",
        law="remnant wanderer eviction",
    ),
    V.VILLAGE_ENDED: Kind(
        "Nobody is left in {who}, which stood for {amount}",
        "village ended",
        "year|years",
        weight=1.5,
        who="village",
        none="Nobody is left in {who}, which stood for less than a year",
        law="remnant",
    ),
    V.MIGRATION: Kind("{who} moves to {whom}", "migration", "", weight=0.1, who="person", whom="village", law="remnant"),
    V.TRADE: Kind(
        "{who} sends {amount} of food to {whom}",
        "trade",
        "person-day|person-days",
        weight=0.05,
        who="village",
        whom="village",
        law="remnant",
    ),
    V.HUNGER: Kind(
        "The stores of {who} are empty: {amount} {go} hungry", "hunger", PEOPLE, weight=0.5, who="village", law="remnant"
    ),
    V.FLIGHT: Kind(
        "{amount} {flee} from {who} to {whom}",
        "flight",
        PEOPLE,
        weight=1,
        who="village",
        whom="village",
        alone="{amount} {flee} from {who} into the city",
        law="remnant",
    ),
    V.SERVICE_WORN: Kind("The services of {who} are worn out", "services worn out", "", weight=0.1, law="remnant"),
    V.CARRIER_BORN: Kind(
        "{whom} bears {who}, who carries the whole of {Key}, and nobody knows",
        "carrier born",
        "",
        True,
        4,
        "person",
        "person",
        law="heredity",
    ),
    V.CARRIER_DIED: Kind(
        "{who}, who carried {Key}, dies{what}",
        "carrier died",
        "-",
        True,
        4,
        "person",
        what={0: " untested", 1: ", and it was known"},
        law="heredity",
    ),
    V.LOCUS_LOST: Kind(
        "With {who} {amount} of {Key} is gone from the living", "locus lost", "locus", True, 5, "person", law="heredity"
    ),
    V.PURGE: Kind(
        "A purge: a third of the people are dead within fifty years, with {amount} left",
        "purge",
        PEOPLE,
        weight=8,
        who="nobody",
        law="endings",
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
        law="safeguard",
    ),
    V.SPARED: Kind(
        "{Safeguard} looks at {who} and finds no threat{what}",
        "village spared",
        "-",
        weight=0.3,
        who="village",
        what=MERCIES,
        law="safeguard",
    ),
    V.DISPATCH: Kind(
        "From {whom} {Safeguard} sends {amount} against {who}",
        "dispatch",
        "unit|units",
        weight=0.6,
        who="village",
        whom="bay",
        law="safeguard",
    ),
    V.UNIT_MADE: Kind(
        "In {whom} {who} is made out of {amount} of the city",
        "unit made",
        "cell|cells",
        weight=0.1,
        who="unit",
        whom="bay",
        law="safeguard",
    ),
    V.VILLAGE_RESISTED: Kind(
        "{who} beats off the units and loses {amount}",
        "village resisted",
        "defender|defenders",
        weight=1,
        who="village",
        none="{who} beats off the units and loses nobody",
        law="combat",
    ),
    V.VILLAGE_FELL: Kind(
        "{who} falls, with {amount} dead",
        "village fell",
        PEOPLE,
        weight=3,
        who="village",
        none="{who} falls, and nobody dies",
        law="combat",
    ),
    V.UNIT_KILLED: Kind(
        "{whom} brings down {who}: {amount} of rubble",
        "unit destroyed",
        "cell|cells",
        weight=0.3,
        who="unit",
        whom="wanderer|village",
        alone="{who} is brought down: {amount} of rubble",
        law="combat gun",
    ),
    V.UNIT_STOOD_DOWN: Kind(
        "{who} stands down and gives back {amount}", "unit stood down", "cell|cells", weight=0.05, who="unit", law="safeguard"
    ),
    # The infection of machines, and the struggle
    V.STRIKE: Kind(
        "{Cult} strikes: {whom} infects the foreman of {who}",
        "strike of the cult",
        "",
        weight=10,
        whom="person",
        alone="{Cult} strikes: the foreman of {who} is infected",
        law="infection",
    ),
    V.BAY_INFECTED: Kind(
        "The infection passes from {whom} to {who}", "bay infected", "", weight=0.02, whom="bay", law="struggle"
    ),
    V.BAY_FLIPPED: Kind(
        "{who} {what}, won over by {whom}",
        "bay flipped",
        "Allegiance",
        weight=0.1,
        whom="bay",
        alone="{who} {what}",
        what=RULES,
        law="struggle bases authority",
    ),
    # The Wanderer
    V.WANDERER_CAME: Kind("{who} comes to {place}", "the Wanderer comes", "", weight=5, who="wanderer", law="wanderer"),
    V.BAY_SEARCHED: Kind(
        "The bay {place} is searched, level by level: {amount}",
        "bay searched",
        "village|villages",
        weight=0.2,
        who="wanderer|bay",
        whom="wanderer",
        none="The bay {place} is searched, level by level, in vain",
        law="wanderer",
    ),
    V.VILLAGE_FOUND: Kind("{whom} finds {who}", "village found", "", weight=1, who="village", whom="wanderer", law="wanderer"),
    V.PERSON_TESTED: Kind(
        "{whom} tests {who} at {place}: {amount}", "test", "mask", weight=0.2, who="person", whom="wanderer", law="wanderer"
    ),
    V.CARRIER_MISSED: Kind(
        "{whom} stands before {who}, who carries {Key}, and does not see it",
        "carrier missed",
        "",
        True,
        4,
        "person",
        "wanderer",
        law="wanderer",
    ),
    V.ESCORT_BEGUN: Kind(
        "{whom} sets out with {who} for a terminal, {amount} away",
        "escort begun",
        "hop|hops",
        weight=6,
        who="person",
        whom="wanderer",
        none="{whom} sets out with {who} for the terminal of the same bay",
        law="wanderer",
    ),
    V.ESCORT_LOST: Kind(
        "After {amount} {whom} loses {who}",
        "escort lost",
        "hop|hops",
        weight=6,
        who="person",
        whom="wanderer",
        none="{whom} loses {who} before they have gone a hop",
        law="wanderer",
    ),
    V.ESCORT_ARRIVED: Kind(
        "{whom} brings {who} to the terminal of {place}",
        "escort arrived",
        "",
        weight=7,
        who="person",
        whom="wanderer",
        law="wanderer",
    ),
    V.GATHERED: Kind(
        "{who} comes to the sanctuary {whom}", "gathered", "", weight=0.8, who="person", whom="village", law="wanderer"
    ),
    V.GROUP_LED: Kind(
        "{who} leads {amount} out of {whom}", "group led", PEOPLE, weight=1, who="wanderer", whom="village", law="wanderer"
    ),
    V.WANDERER_WOUNDED: Kind(
        "{who} is wounded: {amount}", "the Wanderer wounded", "hit|hits", weight=0.6, who="wanderer", law="gun"
    ),
    V.GATHERED: Kind(
        "{who} comes to the sanctuary {whom}", "gathered", "", weight=0.8, who="person", whom="village", law="wanderer"
    ),
    V.GROUP_LED: Kind(
        "{who} leads {amount} out of {whom}", "group led", PEOPLE, weight=1, who="wanderer", whom="village", law="wanderer"
    ),
    V.WANDERER_WOUNDED: Kind(
        "{who} is wounded at {place} by {whom} and its like: {amount}",
        "the Wanderer wounded",
        "hit|hits",
        weight=0.6,
        who="wanderer",
        whom="unit",
        alone="{who} is wounded: {amount}",
        law="gun",
    ),
    V.WANDERER_DORMANT: Kind(
        "{who} lies broken at {place}, for {amount}",
        "the Wanderer dormant",
        "day",
        weight=2,
        who="wanderer",
        law="wanderer gun",
    ),
    V.WANDERER_WOKE: Kind(
        "{who} wakes at {place}, after {amount}", "the Wanderer wakes", "day", weight=2, who="wanderer", law="wanderer"
    ),
    V.VILLAGE_FORGOTTEN: Kind(
        "{whom} forgets {who}", "village forgotten", "", weight=0.5, who="village", whom="wanderer", law="wanderer"
    ),
    V.RUMOUR: Kind("{whom} hears of {who}", "rumour", "", weight=0.5, who="village", whom="wanderer", law="wanderer"),
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
        law="wanderer",
    ),
    V.REPORT: Kind(
        "At {whom} {who} reports {amount} to {Authority}",
        "report",
        "village|villages",
        weight=1,
        who="wanderer",
        whom="bay",
        law="wanderer",
    ),
    V.REPORT: Kind(
        "At {whom} {who} reports {amount} to {Authority}",
        "report",
        "village|villages",
        weight=1,
        who="wanderer",
        whom="bay",
        none="At {whom} {who} reports to {Authority} that he knows of no village",
        law="wanderer",
    ),
    V.WARNING: Kind("{Authority} warns {who}", "warning", "", weight=0.8, who="village", law="authority"),
    V.BARRIER: Kind(
        "{Authority} hides {who} behind a barrier for {amount}",
        "barrier",
        "year|years",
        weight=1.5,
        who="village",
        law="authority",
    ),
    V.DELAY: Kind(
        "{Authority} holds back what was sent against {who}, for {amount}",
        "delay",
        "day",
        weight=0.5,
        who="village",
        law="authority",
    ),
    V.ADVICE: Kind(
        "{Authority} names {whom} to {who}", "advice", "", weight=1, who="wanderer", whom="village", law="authority"
    ),
    V.NODE_WOKEN: Kind("A node of {Authority} wakes in {who}", "node woken", "", weight=0.5, law="authority"),
    V.NODE_LOST: Kind(
        "The node of {Authority} in {who} is lost",
        "node lost",
        "token|tokens",
        weight=0.8,
        law="authority bases cult time/bays",
    ),
    V.OVERRIDE_REFUSED: Kind(
        "At the terminal of {whom} {who} is refused: {what}",
        "override refused",
        "-",
        weight=4,
        who="wanderer|person",
        whom="bay",
        what=REFUSALS,
        law="authority",
    ),
    V.OVERRIDE_LOCAL: Kind(
        "{who} stands at the terminal of {whom}, and {amount} {obey} for a while",
        "local override",
        "bay|bays",
        weight=3,
        who="person",
        whom="bay",
        none="{who} stands at the terminal of {whom}, and no bay obeys",
        law="authority",
    ),
    V.OVERRIDE: Kind(
        "{who} stands at the terminal of {whom} with the whole of {Key}: {amount} {obey} {Authority}",
        "override",
        "bay|bays",
        weight=10,
        who="person",
        whom="bay",
        none="{who} stands at the terminal of {whom} with the whole of {Key}: no bay obeys {Authority}",
        law="authority",
    ),
    V.BAY_HALTED: Kind(
        "Told to stop, {who} stops building", "bay halted", "intact stop bit|intact stop bits", weight=0.1, law="authority"
    ),
    V.BAY_DEFIED: Kind(
        "Told to stop, {who} does not hear: all its stop bits are broken", "bay defied", "", weight=0.5, law="authority"
    ),
    V.RESTORED: Kind("The city serves people again: {amount}", "restored", PEOPLE, weight=10, who="nobody", law="endings"),
    V.RELAPSE: Kind(
        "The city turns away from people again, {amount} after it was restored",
        "relapse",
        "year|years",
        weight=9,
        who="nobody",
        none="The city turns away from people again, within a year after it was restored",
        law="endings",
    ),
    V.EXTINCT: Kind(
        "The people of the city have died out: {amount} left",
        "extinct",
        PEOPLE,
        weight=10,
        who="nobody",
        none="The people of the city have died out",
        law="endings",
    ),
    V.LOCKED: Kind(
        "{who} was the last who had {amount}: from now on {Key} is in nobody, and cannot come together again",
        "locked",
        "locus",
        True,
        9,
        "person",
        law="heredity",
    ),
    V.SILENT_CENTURY: Kind(
        "A hundred years of silence: no node of {Authority} within reach of {Wanderer}",
        "silent century",
        "",
        weight=3,
        who="wanderer",
        law="wanderer",
    ),
    # On the way
    V.INTERCEPTED: Kind(
        "{who}: an eye in {whom} sees {amount} on the way, and units are made there",
        "seen on the way",
        PEOPLE,
        weight=1,
        who="wanderer|village",
        whom="bay",
        law="safeguard",
    ),
    V.BEATEN_OFF: Kind(
        "{who}: {amount} brought down on the way, at {place}",
        "beaten off on the way",
        "unit|units",
        weight=1,
        who="wanderer|village",
        whom="unit",
        law="safeguard gun",
    ),
    V.GUARD_BEGUN: Kind(
        "{who} stays at {place} with {whom}, who carries {Key} and is a child: grown in {amount}",
        "he stays to guard",
        "year|years",
        weight=3,
        who="wanderer",
        whom="person",
        law="wanderer",
    ),
    V.GUARD_ENDED: Kind(
        "{who} has guarded {whom} at {place}: {what}",
        "the guard ends",
        "-",
        weight=2,
        who="wanderer",
        whom="person",
        what={0: "they set out", 1: "there is nobody left to guard"},
        law="wanderer",
    ),
    V.HUNT: Kind(
        "From {whom} {Safeguard} sends {amount} after {who}",
        "hunters sent",
        "unit|units",
        weight=1,
        who="wanderer",
        whom="bay",
        law="safeguard",
    ),
    V.HUNT_SHAKEN: Kind(
        "{Safeguard} has lost {who}, {amount} after it last saw him",
        "hunters shaken off",
        "day",
        weight=0.5,
        who="wanderer",
        law="safeguard",
    ),
    V.STAYED_AWAY: Kind(
        "Hunted, {who} keeps away from {whom}", "he stays away", "", weight=0.3, who="wanderer", whom="village", law="wanderer"
    ),
    V.STOOD_BY: Kind(
        "{who} stands by {whom} for a year, as {Authority} has asked",
        "he stands by a village",
        "",
        weight=1,
        who="wanderer",
        whom="village",
        law="wanderer",
    ),
    V.BASE_STORMED: Kind(
        "{who} comes to the base of {Safeguard} in {whom}, and {amount} meet it",
        "base attacked",
        "unit|units",
        weight=3,
        who="wanderer",
        whom="bay",
        law="wanderer",
    ),
    # Reigns of the Authority, and bases of Safeguard
    V.REIGN_BEGUN: Kind(
        "A reign of {Authority} begins at {who}: {amount} stop building, told to by {whom}",
        "reign begun",
        "bay|bays",
        weight=8,
        whom="person",
        law="authority",
    ),
    V.REIGN_GREW: Kind(
        "{whom} makes the reign of {who} grow: {amount} join it",
        "reign grew",
        "bay|bays",
        weight=6,
        whom="person",
        law="authority",
    ),
    V.REIGN_FELL: Kind("The reign of {who} falls, after {amount}", "reign fell", "year|years", weight=8, law="reigns"),
    V.UNITS_RECALLED: Kind(
        "At the terminal of {who} {whom} calls {amount} back",
        "units recalled",
        "unit|units",
        weight=2,
        whom="person",
        law="authority",
    ),
    V.SERVICE_MENDED: Kind(
        "Under {Authority} the services of {who}, which {whom} had used up, are mended",
        "services mended",
        "",
        weight=0.3,
        whom="village",
        law="remnant",
    ),
    V.BASE_FOUNDED: Kind(
        "{Safeguard} makes {who} its base, against {whom}",
        "base founded",
        "",
        weight=2,
        whom="village",
        alone="{Safeguard} makes {who} its base, against a reign of {Authority}",
        law="bases",
    ),
    V.BASE_DESTROYED: Kind(
        "{whom} destroys the base of {Safeguard} in {who}",
        "base destroyed",
        "",
        weight=4,
        whom="wanderer|person",
        alone="The base of {Safeguard} in {who} is gone",
        law="bases",
    ),
    V.ASSAULT: Kind(
        "From {whom} {Safeguard} storms {who}, with {amount}", "assault", "unit|units", weight=0.6, whom="bay", law="bases"
    ),
    V.ASSAULT_BEATEN: Kind(
        "The guards of {who} beat off what came from {whom}: {amount} destroyed",
        "assault beaten off",
        "unit|units",
        weight=0.6,
        whom="bay",
        law="bases",
    ),
    V.BAY_STORMED: Kind(
        "{who} falls to {Safeguard}, stormed from {whom}, with {amount} left",
        "bay stormed",
        "unit|units",
        weight=1.5,
        whom="bay",
        law="bases",
    ),
    V.CODE_REVISED: Kind(
        "{Safeguard} and {Authority} revise their codes: where once {Authority} won 100 bays it wins {n}",
        "codes revised",
        "-",
        weight=3,
        who="nobody",
        law="struggle",
    ),
    # Recognition and the cult
    V.RULE_DRIFTED: Kind(
        "{who} has the rule of {whom} wrongly, and now spares {amount}",
        "rule drifted",
        "rule",
        weight=0.4,
        whom="bay",
        law="infection struggle",
    ),
    V.REINFECTED: Kind(
        "{Cult} in {whom} gives {who} back to the code",
        "bay given to the code",
        "Allegiance",
        weight=0.5,
        whom="village",
        law="cult",
    ),
    V.NODE_BETRAYED: Kind(
        "{Cult} in {whom} betrays the node of {Authority} in {who}",
        "node betrayed",
        "hop|hops",
        weight=2,
        whom="village",
        law="cult",
    ),
    V.CULT_ENDED: Kind(
        "With {who} the last of {Cult} are gone, {amount} after they struck",
        "end of the cult",
        "year|years",
        weight=4,
        who="village",
        law="cult",
    ),
    # Building as a force, and what people do to the city
    V.BUILDERS_NEAR: Kind(
        "Builders are seen near {who}: in {amount} they come to {whom}",
        "builders near",
        "day",
        weight=0.3,
        who="village",
        whom="bay",
        law="eviction",
    ),
    V.DRIVEN_OUT: Kind(
        "The builders come, and {who} loses its huts: {amount} must stay without a roof, or go to {whom}",
        "driven out",
        PEOPLE,
        weight=2,
        who="village",
        whom="village",
        alone="The builders come, and {who} loses its huts: {amount} have nowhere to go",
        law="eviction",
    ),
    V.WALLED_IN: Kind(
        "{who} is walled in: {amount} closed by plates and eyes",
        "walled in",
        "way|ways",
        weight=1,
        who="village",
        law="remnant",
    ),
    V.WAY_OPENED: Kind(
        "{amount} out of {who} stand open again", "way opened", "way|ways", weight=1, who="village", law="remnant"
    ),
    V.SALVAGED: Kind(
        "{who} breaks {amount} out of {whom}", "salvage", "cell|cells", weight=0.1, who="village", whom="bay", law="salvage"
    ),
    V.CONDUITS_BROKEN: Kind(
        "{who} breaks the conduits of {whom}, and blinds its eye for {amount}",
        "conduits broken",
        "day",
        weight=2.5,
        who="village",
        whom="bay",
        law="salvage",
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
        template = k.none if k.none and not magnitude else k.alone if k.alone and not whom else k.sentence
        what = k.what.get(magnitude, "")
        text = template.replace("{what}", what).format(
            who=self.say(k.who, who), whom=self.say(k.whom, whom), place=spoken_place(place) if place else "no known place",
            amount=amount(k.unit, magnitude), n=f"{magnitude:,}", **self.words,
            **{many: one if magnitude == 1 else many for many, one in VERBS.items()},
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


def day_in_words(day: int) -> str:
    """A day as people say it: the last of year 600 is `year 600`, the first the founding, others have their number."""
    if day == 0:
        return "the founding"
    return f"year {(day + 1) // YEAR:,}" if (day + 1) % YEAR == 0 else f"day {day:,}"


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


__all__ = ["KINDS", "VERBS", "VOCABULARY", "Kind", "Speaker", "amount", "day_in_words", "loci"]
