"""How the house stands: who may import whom, and that what is declared once is what the kernels use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from megastructure.ground import codes, dates, scenario, tables
from megastructure.laws import (
    authority,
    combat,
    construction,
    endings,
    gun,
    heredity,
    infection,
    office,
    power,
    remnant,
    replication,
    safeguard,
    struggle,
    wanderer,
)
from megastructure.memory import run
from megastructure.society import plans
from megastructure.time import rebuild, state
from megastructure.words.declare import columns

HOUSE = Path(codes.__file__).parent
# From the ground up: a file imports only from lines above its own. Files of a folder that is named with / may also
# import each other.
FLOORS = (
    ("errors", "codes", "declare", "kernel", "names"),
    ("rng", "arithmetic", "tables"),
    ("chronicle", "sentences", "dates", "scenario", "lots", "survey", "costs", "patterns/"),
    ("world",),
    ("graph", "alert", "people", "plans", "lifetable"),
    ("allegiance",),
    ("settlement", "raid", "units"),
    ("quest/",),
    ("index",),
    ("fold",),
    ("ledger",),
    ("standing",),
    ("laws/law",),
    (
        "laws/construction",
        "laws/office",
        "laws/power",
        "laws/replication",
        "laws/authority",
        "laws/combat",
        "laws/endings",
        "laws/gun",
        "laws/heredity",
        "laws/infection",
        "laws/remnant",
        "laws/safeguard",
        "laws/struggle",
        "laws/wanderer",
    ),
    ("tick", "rebuild"),
    ("state",),
    ("genesis",),
    ("mesh", "boxes"),
    ("disk",),
    ("parts",),
    ("book",),
    ("archive",),
    ("run", "interventions", "library", "significance"),
    ("annals",),
    ("fork",),
    ("compare",),
    ("look/", "study/", "watch/", "export/", "train/", "read/"),
    ("report", "side_by_side", "warm"),
    ("cli",),
    ("", "__main__"),
)
ENGINE = tuple(
    name for floor in FLOORS[: 1 + next(n for n, floor in enumerate(FLOORS) if "genesis" in floor)] for name in floor
)
KERNEL_FILES = tuple(name for name in ENGINE if name not in ("errors", "declare", "names", "kernel"))


@cache
def files() -> dict[str, Path]:
    """Every source by the name it has in FLOORS."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).with_suffix("").as_posix()
        found["" if name == "__init__" else name] = path
    return found


def floor_of(name: str) -> int | None:
    for number, floor in enumerate(FLOORS):
        if name in floor or f"{name.split('/', maxsplit=1)[0]}/" in floor:
            return number
    return None


def of_engine(names: tuple[str, ...] = ENGINE) -> dict[str, Path]:
    return {name: path for name, path in files().items() if name and (name in names or f"{name.split('/')[0]}/" in names)}


def imports(path: Path) -> set[str]:
    """The files of the house that a file imports, at its top or late; hints for types do not count."""
    tree = ast.parse(path.read_text())
    hints = {
        id(node)
        for check in ast.walk(tree)
        if isinstance(check, ast.If) and "TYPE_CHECKING" in ast.dump(check.test)
        for node in ast.walk(check)
    }
    known = files()
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level == 0 or id(node) in hints:
            continue
        base = path.relative_to(HOUSE).parents[node.level - 1]
        module = (base / (node.module or "").replace(".", "/")).as_posix().strip("./")
        for alias in node.names:
            inner = f"{module}/{alias.name}".strip("/")
            package = f"{module}/__init__" if module else ""
            found.add(inner if inner in known else (module if module and module in known else package))
        if module == "" and {alias.name for alias in node.names} == {"__version__"}:
            found.discard("")  # the version stands in the first line of the package, before anything is imported
    return found


def test_every_file_has_a_floor():
    homeless = [name for name in files() if floor_of(name) is None and not name.startswith("laws/__init__")]
    assert not homeless, f"say in FLOORS where these belong: {homeless}"


@pytest.mark.parametrize("name", sorted(n for n in files() if floor_of(n) is not None))
def test_a_file_imports_only_from_lower_floors(name):
    mine = floor_of(name)
    folder = f"{name.split('/')[0]}/" if "/" in name else None
    for other in imports(files()[name]):
        if folder in FLOORS[mine] and other.startswith(folder):
            continue
        theirs = floor_of(other)
        assert theirs is not None and theirs < mine, f"{name} imports {other}, which is not below it"


def test_laws_never_import_each_other():
    for name, path in files().items():
        if name.startswith("laws/"):
            assert {other for other in imports(path) if other.startswith("laws/")} <= {"laws/law"}


def test_only_one_file_knows_numba():
    for name, path in files().items():
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            if any(n.split(".")[0] in ("numba", "llvmlite") for n in names):
                assert name == "kernel"


@pytest.mark.parametrize("word", ["parallel", "fastmath"])
def test_no_kernel_is_parallel_or_has_fast_floats(word):
    for path in files().values():
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.keyword) and node.arg == word), f"{path}: {word}"


def test_nothing_is_pickled():
    for path in files().values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not {a.name.split(".")[0] for a in node.names} & {"pickle", "cPickle", "dill", "shelve", "marshal"}
            if isinstance(node, ast.keyword):
                allowed = isinstance(node.value, ast.Constant) and node.value.value is False
                assert node.arg != "allow_pickle" or allowed, f"{path}: allow_pickle"


def test_the_engine_knows_no_clock_and_no_other_chance():
    for name, path in of_engine().items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom) and name != "kernel":
                found = {a.name for a in node.names} | {getattr(node, "module", None) or ""}
                assert not found & {"random", "secrets", "time", "datetime", "uuid"}, name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("default_rng", "RandomState"), name


def kernels(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and any("kernel" in ast.dump(d) for d in node.decorator_list):
            yield node


@pytest.mark.parametrize("name", sorted(of_engine(KERNEL_FILES)))
def test_kernels_are_whole_numbers_in_a_fixed_order(name):
    """No floats, no true division, no sets or dicts whose order could decide, no exceptions, nothing printed."""
    path = of_engine(KERNEL_FILES)[name]
    for function in kernels(path):
        for node in ast.walk(function):
            where = f"{name}.{function.name}, line {getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.Set | ast.Dict | ast.SetComp | ast.DictComp | ast.Raise | ast.Try), where
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
            if isinstance(node, ast.BinOp | ast.AugAssign):
                assert not isinstance(node.op, ast.Div), where
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "set", "dict", "float", "hash", "sorted", "round"), where


def test_no_loop_of_the_engine_runs_over_a_set():
    for name, path in of_engine().items():
        for node in ast.walk(ast.parse(path.read_text())):
            loops = [node.iter] if isinstance(node, ast.For | ast.comprehension) else []
            for over in loops:
                is_set = isinstance(over, ast.Set | ast.SetComp) or (
                    isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in ("set", "frozenset")
                )
                assert not is_set, f"{name}: a loop over a set"


# ---- what is declared once -------------------------------------------------------------------------------------------

PREFIXES = {
    "W": tables.Works, "F": tables.Foremen, "G": tables.Charters, "N": tables.Schools, "C": tables.Claims,
    "H": tables.Shots, "PE": tables.Persons, "VI": tables.Villages, "UN": tables.Units, "WA": tables.Wanderers,
    "PO": tables.Powers, "L": tables.Plan, "V": tables.Events, "Y": tables.Series, "T": tables.Tally, "Z": tables.Sizes,
}  # fmt: skip
OTHER_NAMES = {"V_CHANCE": "chance_ppb"}
NOT_COLUMNS = {"G_FIRST_STYLE"}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_column_numbers_are_those_of_the_declared_columns(prefix):
    numbers = {
        OTHER_NAMES.get(name, name.split("_", 1)[1].lower()): value
        for name, value in vars(tables).items()
        if name.startswith(f"{prefix}_") and name not in NOT_COLUMNS
    }
    assert numbers == {column.name: column.number for column in columns(PREFIXES[prefix])}


def test_every_table_that_is_kept_is_declared():
    assert set(tables.TABLES.values()) | {tables.Sizes} == set(PREFIXES.values())
    for name, table in tables.TABLES.items():
        assert table.__name__.lower() == name
        for column in columns(table):
            assert column.col.refers in ("", *tables.TABLES)
            assert column.col.dtype[0] in "iu" and column.col.says and column.col.unit


def test_numbers_of_knobs_are_in_the_order_of_their_declaration():
    numbers = {name[2:].lower(): value for name, value in vars(scenario).items() if name.startswith("Q_")}
    assert numbers == {knob.name: number for number, knob in enumerate(scenario.knobs())}


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("", codes.Material), ("K_", codes.WorkKind), ("CLIP_", codes.Clip), ("S_", codes.Site), ("P_", codes.Phase),
        ("E_", codes.Errand), ("R_", codes.Stream), ("V_", codes.EventKind), ("A_", codes.Allegiance),
        ("D_", codes.DeathCause), ("I_", codes.Health), ("U_", codes.Fate), ("M_", codes.Mission),
    ],
)  # fmt: skip
def test_plain_numbers_are_those_of_the_named_ones(prefix, words):
    for word in words:
        assert getattr(codes, prefix + word.name) == int(word)
    assert len({int(word) for word in words}) == len(words)
    if prefix:
        assert {name for name in vars(codes) if name.startswith(prefix)} == {prefix + word.name for word in words}


def test_a_ring_of_days_has_one_length():
    assert rebuild.RING == state.RING == dates.RING == plans.RING
    assert dates.RING & (dates.RING - 1) == 0


LAWS = {
    law.LAW.name: law
    for law in (
        construction, office, power, replication, authority, combat, endings, gun, heredity, infection, remnant, safeguard,
        struggle, wanderer,
    )
}  # fmt: skip


# Who lives where, how alarmed Safeguard is, when a bay is asked, where a village can be, what is planned: many laws ask. The
# knobs that are read there belong to those laws whose numbers they are.
FOR_MANY = ("people", "alert", "allegiance", "settlement", "plans")


@cache
def functions(name: str) -> dict[str, ast.FunctionDef]:
    """The functions that stand in a file."""
    return {node.name: node for node in ast.parse(files()[name].read_text()).body if isinstance(node, ast.FunctionDef)}


@cache
def came_from(name: str) -> dict[str, str]:
    """The file of the house from which a file has each name that it imports."""
    path = files()[name]
    found = {}
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.relative_to(HOUSE).parents[node.level - 1]
            module = (base / (node.module or "").replace(".", "/")).as_posix()
            found |= {alias.name: module for alias in node.names}
    return found


@cache
def words_of(name: str) -> dict[str, set[str]]:
    """Every name that occurs in the functions of a file, or in those that they call, and in which files it does."""
    reached = [(name, function) for function in functions(name)]
    found: dict[str, set[str]] = {}
    for file, function in reached:  # grows while it is read
        for node in ast.walk(functions(file)[function]):
            if isinstance(node, ast.Name):
                found.setdefault(node.id, set()).add(file)
                of = file if node.id in functions(file) else came_from(file).get(node.id, "")
                if of in files() and node.id in functions(of) and (of, node.id) not in reached:
                    reached.append((of, node.id))
    return found


def test_every_law_is_looked_at_here():
    assert {f"laws/{name}" for name in LAWS} | {"laws/law"} == {n for n in files() if n.startswith("laws/") and "__" not in n}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_declares_what_there_is(name):
    law = LAWS[name].LAW
    names = {k.name for k in scenario.knobs()}
    assert law.name == name and set(law.knobs) <= names and law.says.endswith(".") and law.source
    columns_known = {f"{table}.{c.name}" for table, d in tables.TABLES.items() for c in columns(d)}
    assert set(law.writes) <= columns_known | set(tables.TABLES)
    used = words_of(f"laws/{name}")
    assert {f"R_{stream}" for stream in law.streams} == {word for word in used if word.startswith("R_")}
    read = {word[2:].lower() for word, where in used.items() if word.startswith("Q_") and where - set(FOR_MANY)}
    assert read - {"seed", "works"} <= set(law.knobs)


def test_every_stream_is_drawn_by_a_law_or_by_whom_it_is_kept_for():
    declared = {stream for law in LAWS.values() for stream in law.LAW.streams}
    others = {word[2:] for name in ("tick", "genesis") for word in words_of(name) if word.startswith("R_")} - declared
    assert others == {"OFFICE"}  # the order in which the works of a day are entered
    assert {stream.name for stream in codes.Stream} == declared | others | {"SAMPLE", "NEUTRAL"}


def test_every_knob_belongs_to_a_law_or_to_the_order_of_a_day():
    declared = {knob for law in LAWS.values() for knob in law.LAW.knobs}
    words = {word.lower() for word in re.findall(r"Q_(\w+)", (HOUSE / "tick.py").read_text())}
    of_genesis = {"seed", "founder_energy"}
    assert {k.name for k in scenario.knobs() if k.law} <= declared | words | of_genesis


def test_the_digest_of_the_laws_takes_in_every_kernel_of_the_engine():
    digested = {path.relative_to(HOUSE).with_suffix("").as_posix() for path in run.law_sources()}
    assert set(of_engine(KERNEL_FILES)) - digested == {"sentences", "ledger", "standing"}  # how others read what there is
    assert not digested & {"cli", "archive", "run", "report"}
