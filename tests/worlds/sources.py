"""The sources of the house, for tests that read them: files by name, what each imports, which functions call which."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import megastructure

HOUSE = Path(megastructure.__file__).parent


@cache
def files() -> dict[str, Path]:
    """Every source by its name: `laws/gun`; of a package its folder (`land/patterns`), of the whole package ``."""
    found = {}
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).with_suffix("").as_posix()
        found[name.removesuffix("__init__").rstrip("/")] = path
    return found


def floor(name: str) -> str:
    """The folder in which a source stands; "" for what stands above all of them."""
    return name.split("/", maxsplit=1)[0] if "/" in name or (HOUSE / name).is_dir() else ""


@cache
def tree(name: str) -> ast.Module:
    """A source, parsed."""
    return ast.parse(files()[name].read_text(encoding="utf-8"))


def _resolved(name: str, node: ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """Of an import within the house: each name that it brings, and the source that it comes from."""
    path = files()[name]
    base = path.relative_to(HOUSE).parents[node.level - 1]
    module = (base / (node.module or "").replace(".", "/")).as_posix().strip(".").strip("/")
    for alias in node.names:
        inner = f"{module}/{alias.name}".strip("/")
        yield alias.name, inner if inner in files() else module


@cache
def imports(name: str) -> frozenset[str]:
    """The sources that a source imports, at its top or late; hints for types do not count, nor does the version."""
    hints = {
        id(node)
        for check in ast.walk(tree(name))
        if isinstance(check, ast.If) and "TYPE_CHECKING" in ast.dump(check.test)
        for node in ast.walk(check)
    }
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in hints:
            found |= {source for alias, source in _resolved(name, node) if alias != "__version__"}
    return frozenset(found - {name})


def is_kernel(node: ast.AST) -> bool:
    """Whether something in a source is a kernel."""
    if not isinstance(node, ast.FunctionDef):
        return False
    plain = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    return any(isinstance(d, ast.Name) and d.id == "kernel" for d in plain)


@cache
def functions(name: str) -> dict[str, ast.FunctionDef]:
    """The functions that stand in a source."""
    return {node.name: node for node in tree(name).body if isinstance(node, ast.FunctionDef)}


def kernels(name: str) -> list[ast.FunctionDef]:
    """The kernels that stand in a source."""
    return [node for node in functions(name).values() if is_kernel(node)]


@cache
def came_from(name: str) -> dict[str, str]:
    """The source from which a source has each name that it imports."""
    found: dict[str, str] = {}
    for node in tree(name).body:
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= dict(_resolved(name, node))
    return found


@cache
def reached(name: str) -> tuple[tuple[str, str], ...]:
    """The functions of a source and all that they call, each with its source."""
    found = [(name, function) for function in functions(name)]
    for file, function in found:  # grows while it is read
        for node in ast.walk(functions(file)[function]):
            if isinstance(node, ast.Name):
                of = file if node.id in functions(file) else came_from(file).get(node.id, "")
                if of in files() and node.id in functions(of) and (of, node.id) not in found:
                    found.append((of, node.id))
    return tuple(found)
