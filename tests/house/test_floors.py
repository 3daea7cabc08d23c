"""How the house stands: folders are floors, and who may import whom follows from them."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter

import pytest

from megastructure.memory.sources import SAME_LAWS, law_sources, laws_digest, same_laws
from megastructure.words.floors import DOOR, ENGINE, FACES, FLOORS, MEMORY, WORDS
from worlds.sources import HOUSE, files, floor, imports, kernels, tree

NUMBA = ("words/kernel", "words/pointer")  # the only sources that know numba


def test_every_source_stands_on_a_floor():
    assert {floor(name) for name in files()} == {"", *FLOORS}
    assert {name for name in files() if not floor(name)} == {"", "__main__"}
    assert {path.name for path in HOUSE.iterdir() if path.is_dir() and list(path.glob("*.py"))} == set(FLOORS)


@pytest.mark.parametrize("name", sorted(n for n in files() if floor(n)))
def test_a_source_imports_only_from_its_own_floor_and_those_below(name):
    mine = FLOORS.index(floor(name))
    for other in imports(name):
        public = other == "" and floor(name) in DOOR  # the door may use the public names
        assert public or FLOORS.index(floor(other)) <= mine, f"{name} imports {other}, which is above it"


def test_no_source_imports_itself_by_way_of_others():
    TopologicalSorter({name: imports(name) - {""} for name in files() if name}).prepare()  # raises CycleError


def test_laws_never_import_each_other_nor_do_faces():
    for name in files():
        if name.startswith("laws/"):
            assert {other for other in imports(name) if floor(other) == "laws"} <= {"laws/law"}, name
        if floor(name) in FACES:
            assert {floor(other) for other in imports(name)} & set(FACES) <= {floor(name)}, name


def test_only_two_sources_know_numba():
    for name in files():
        for node in ast.walk(tree(name)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            assert name in NUMBA or not {n.split(".")[0] for n in names} & {"numba", "llvmlite"}, name


def test_nothing_is_pickled():
    for name in files():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Import):
                assert not {a.name.split(".")[0] for a in node.names} & {"pickle", "cPickle", "dill", "shelve", "marshal"}
            if isinstance(node, ast.keyword):
                allowed = isinstance(node.value, ast.Constant) and node.value.value is False
                assert node.arg != "allow_pickle" or allowed, f"{name}: allow_pickle"


def test_the_engine_knows_no_clock_and_no_other_chance():
    for name in (n for n in files() if floor(n) in ENGINE):
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Import | ast.ImportFrom) and not getattr(node, "level", 0):
                found = {a.name for a in node.names} | {getattr(node, "module", None) or ""}
                assert not found & {"random", "secrets", "time", "datetime", "uuid"}, name
            if isinstance(node, ast.Attribute):
                assert node.attr not in ("default_rng", "RandomState"), name


def test_what_decides_a_history_is_found_by_its_imports():
    digested = {path.relative_to(HOUSE).with_suffix("").as_posix().removesuffix("/__init__") for path in law_sources()}
    of_engine = {name for name in files() if floor(name) in ENGINE and kernels(name)}
    readers = {"matter/ledger", "matter/mesh"}  # matter for those who look: it decides nothing
    assert of_engine - digested == readers
    assert {"ground/tables", "ground/codes", "ground/scenario", "ground/city"} <= digested
    assert not {name for name in digested if floor(name) in (*WORDS, *MEMORY, *FACES, *DOOR)}
    # Every import is found that Python finds: nothing that decides is left out.
    waiting, closure = [n for n in files() if floor(n) == ENGINE[-1]], set()
    while waiting:
        name = waiting.pop()
        if name not in closure and floor(name) in ENGINE:
            closure.add(name)
            waiting += imports(name)
    assert {n for n in closure if n.count("/")} <= digested | {
        n for n in closure if not kernels(n) and n not in digested and _is_empty(n)
    }


def _is_empty(name: str) -> bool:
    return not tree(name).body or all(isinstance(node, ast.Expr) for node in tree(name).body)


def test_sources_of_the_same_laws_in_another_form_are_known():
    assert same_laws(laws_digest()) and all(same_laws(digest) for digest in SAME_LAWS)
    assert not same_laws("0" * 16)
