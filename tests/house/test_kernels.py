"""What no kernel may do, and that all are handed one city."""

from __future__ import annotations

import ast

import pytest

from megastructure.words.floors import ENGINE
from worlds.sources import files, floor, kernels, tree

WITH_KERNELS = sorted(name for name in files() if kernels(name))
OF_ENGINE = [name for name in WITH_KERNELS if floor(name) in ENGINE]
ARGUMENTS_MOST = 16


@pytest.mark.parametrize("word", ["parallel", "fastmath"])
def test_no_kernel_is_parallel_or_has_fast_floats(word):
    for name in files():
        for node in ast.walk(tree(name)):
            assert not (isinstance(node, ast.keyword) and node.arg == word), f"{name}: {word}"


@pytest.mark.parametrize("name", OF_ENGINE)
def test_kernels_are_whole_numbers_in_a_fixed_order(name):
    """No floats, no true division, no sets or dicts whose order could decide, no exceptions, nothing printed."""
    for function in kernels(name):
        for node in ast.walk(function):
            where = f"{name}.{function.name}, line {getattr(node, 'lineno', 0)}"
            assert not isinstance(node, ast.Set | ast.Dict | ast.SetComp | ast.DictComp | ast.Raise | ast.Try), where
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
            if isinstance(node, ast.BinOp | ast.AugAssign):
                assert not isinstance(node.op, ast.Div), where
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("print", "set", "dict", "float", "hash", "sorted", "round"), where


def test_no_loop_of_the_engine_runs_over_a_set():
    for name in (n for n in files() if floor(n) in ENGINE):
        for node in ast.walk(tree(name)):
            over = node.iter if isinstance(node, ast.For | ast.comprehension) else None
            called = isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id in ("set", "frozenset")
            assert not (isinstance(over, ast.Set | ast.SetComp) or called), f"{name}: a loop over a set"


@pytest.mark.parametrize("name", WITH_KERNELS)
def test_every_kernel_declares_its_types(name):
    for function in kernels(name):
        assert function.returns is not None, f"{name}.{function.name}"
        assert all(argument.annotation is not None for argument in function.args.args), f"{name}.{function.name}"


@pytest.mark.parametrize("name", OF_ENGINE)
def test_no_kernel_returns_a_row(name):
    """It would be a copy, and what is written to it would be lost."""
    tables = {"Foremen", "Charters", "Villages", "Persons", "Units", "Wanderers", "Works", "Plan", "Powers", "Sizes", "Tally"}
    for function in kernels(name):
        assert not {n.id for n in ast.walk(function.returns) if isinstance(n, ast.Name)} & tables, f"{name}.{function.name}"


@pytest.mark.parametrize("name", [n for n in OF_ENGINE if floor(n) in ("society", "laws", "time")])
def test_whoever_is_handed_a_city_is_handed_it_first_and_few_things_beside(name):
    for function in kernels(name):
        taken = [ast.unparse(argument.annotation) for argument in function.args.args]
        assert "City" not in taken[1:], f"{name}.{function.name}"
        assert len(taken) <= ARGUMENTS_MOST, f"{name}.{function.name} takes {len(taken)} arguments"
