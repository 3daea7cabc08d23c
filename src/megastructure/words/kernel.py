"""The only door to numba.

Numba has traps that were reproduced before this file was written; each is closed here, once:

* `cache=True` does not notice an edit in a callee's file. So the cache lives in a folder that is named after a digest
  of all our sources, the numba version, the Python version and the processor.
* The types of arguments decide how often a function is compiled. So every kernel has one explicit signature, and a
  kernel must be defined before the kernels that call it.
* Wrappers for Python callers cost compile time. So only kernels marked `entry=True` have one.
* Numba optimises a kernel again inside each of its callers, and the callers' callers. So long kernels stand apart: callers
  know only their name, as with a linker (docs/decisions/0008).
* Counting references to arrays slows a year down by a third or more. Kernels make no arrays, so they count none: one that
  calls `np.empty` does not compile.
* Integer division by zero ends the process when `error_model` is "numpy", and Python's rules cost time when it is not.
  We use "numpy" and never divide by what may be zero.
* With `parallel=True` a write through a tuple field inside `prange` is lost. We never use it: kernels release the GIL,
  and threads run over regions, tiles or worlds.

With `NUMBA_DISABLE_JIT=1` every kernel is the plain Python function: the same source, the same bits.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding
import numba
from numba import config, njit, types
from numba.core.types.functions import BaseFunction

from .floors import FACES

settings: Any = config
functions: Any = BaseFunction
Function = Callable[..., Any]
__all__ = [
    "NOTHING",
    "cache_folder",
    "f4m3",
    "f8",
    "f8v",
    "flag",
    "four",
    "i4",
    "i4m",
    "i4v",
    "i8",
    "i8m",
    "i8v",
    "is_warm",
    "kernel",
    "mark_warm",
    "pair",
    "record",
    "six",
    "three",
    "types",
    "u1",
    "u1m",
    "u1m3",
    "u1m4",
    "u1v",
]  # fmt: skip

NOTHING = types.void
flag = types.boolean
i8 = types.int64
i4 = types.int32
u1 = types.uint8
f8 = types.float64
i8v = types.int64[::1]
i4v = types.int32[::1]
u1v = types.uint8[::1]
f8v = types.float64[::1]
i8m = types.int64[:, ::1]
i4m = types.int32[:, ::1]
u1m = types.uint8[:, ::1]
u1m3 = types.uint8[:, :, ::1]
u1m4 = types.uint8[:, :, :, ::1]
f4m3 = types.float32[:, :, ::1]
pair: Any = types.UniTuple(types.int64, 2)  # type: ignore[no-untyped-call]
three: Any = types.UniTuple(types.int64, 3)  # type: ignore[no-untyped-call]
four: Any = types.UniTuple(types.int64, 4)  # type: ignore[no-untyped-call]
six: Any = types.UniTuple(types.int64, 6)  # type: ignore[no-untyped-call]


def record(shape: type, *fields: Any) -> Any:
    """The numba type of a `NamedTuple` class whose fields have the given numba types."""
    return types.NamedTuple(fields, shape)  # type: ignore[no-untyped-call]


HOUSE = Path(__file__).parents[1]


def _sources_digest(face: str) -> str:
    """Digest of all sources that a kernel of the engine (or of one face above it) can be compiled from."""
    h = hashlib.blake2b(digest_size=8)
    for path in sorted(HOUSE.rglob("*.py")):
        name = path.relative_to(HOUSE).as_posix()
        folder = name.split("/")[0]
        if folder in FACES and folder != face:
            continue  # faces never import each other, so their caches are apart
        source = path.read_bytes()
        if b"\n@kernel" in source or folder in CONSTANTS:
            h.update(name.encode() + source)
    try:
        from llvmlite.binding import get_host_cpu_name

        processor = get_host_cpu_name()
    except Exception:  # pragma: no cover - no processor name: the architecture must do
        processor = platform.machine()
    h.update(f"{numba.__version__} {sys.version_info[:3]} {processor}".encode())
    return h.hexdigest()


CONSTANTS = ("words", "ground")  # floors whose files kernels compile in without being kernels


def _forget_old(home: Path, days: int = 30) -> None:
    """Remove caches of sources that nobody has run for `days`; a cache in use is touched at every start."""
    limit = time.time() - days * 86400
    for folder in home.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)


def _homes() -> list[Path]:
    from platformdirs import user_cache_path

    wanted = os.environ.get("MEGASTRUCTURE_CACHE_DIR")
    user = os.getuid() if hasattr(os, "getuid") else 0
    first = Path(wanted) if wanted else user_cache_path("megastructure") / "kernels"
    return [first, Path(tempfile.gettempdir()) / f"megastructure-kernels-{user}"]


@cache
def cache_folder(face: str = "engine") -> Path | None:
    """Where compiled kernels of the engine or of a face are kept, or None when they are not kept."""
    if settings.DISABLE_JIT:
        return None
    digest = _sources_digest(face)
    homes = _homes()
    for home in homes:
        folder = home / f"{face}-{digest}"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
                continue  # a shared temporary folder that someone else made: never load code from it
            with tempfile.TemporaryFile(dir=folder):
                pass
            os.utime(folder)
            _forget_old(home)
        except OSError:
            continue
        if home != homes[0]:
            warnings.warn(f"the cache of compiled kernels is in {folder}: {homes[0]} is not writable", stacklevel=2)
        return folder
    warnings.warn("no folder is writable for compiled kernels: every start compiles them again", stacklevel=2)
    return None


def is_warm(face: str = "engine") -> bool:
    """Whether a compilation of these very sources has been finished here (then nothing is compiled)."""
    folder = cache_folder(face)
    return folder is not None and (folder / "whole").exists()


def mark_warm(face: str = "engine") -> None:
    """Note that all kernels of the engine or of a face are in the cache."""
    folder = cache_folder(face)
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / "whole").touch()


LONG = 600  # bytes of bytecode: from here on a call costs nothing beside the work, and compiling twice costs much
_apart: list[Any] = []  # kernels that others call by address must never be collected


def _set_apart(made: Any) -> None:
    """Let callers find a compiled kernel by name, when they are compiled or loaded, instead of holding a copy of it."""
    (compiled,) = made.overloads.values()
    outside = copy.copy(compiled.fndesc)
    outside.mangled_name = f"megastructure:{outside.modname}.{outside.qualname}"  # numba's own differs between processes
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    llvmlite.binding.add_symbol(outside.mangled_name, address)
    made.targetctx.remove_user_function(compiled.entry_point)
    made.targetctx.insert_user_function(compiled.entry_point, outside)
    _apart.append(made)


_look_up = functions.get_call_type


def _known_call(self: Any, context: Any, args: Any, kws: Any) -> Any:
    """The type of `a + b` for numbers, which numba searches among thirty candidates each time that it is written."""
    if kws or not all(isinstance(a, types.Number | types.Boolean) for a in args):
        return _look_up(self, context, args, kws)
    known = self.__dict__.setdefault("_known_calls", {})
    key = tuple(args)
    if key not in known:
        known[key] = _look_up(self, context, args, kws)
    return known[key]


@contextlib.contextmanager
def _compiling(home: Path | None) -> Iterator[None]:
    """Numba with our cache folder, with its types of calls remembered, and with nobody looking for garbage meanwhile."""
    before, collects = settings.CACHE_DIR, gc.isenabled()
    if home is not None:
        settings.CACHE_DIR = str(home)
    functions.get_call_type = _known_call
    gc.disable()
    try:
        yield
    finally:
        settings.CACHE_DIR = before
        functions.get_call_type = _look_up
        if collects:
            gc.enable()


def kernel(signature: Any, *, entry: bool = False, inline: bool = False) -> Callable[[Function], Function]:
    """Compile a function for one signature.

    entry    Python calls it; the others are called by kernels alone
    inline   LLVM puts it into its callers, which saves the 3 ns of a call
    """

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        if settings.DISABLE_JIT:
            return function
        folder = function.__module__.split(".")[1] if "." in function.__module__ else ""
        home = cache_folder(folder if folder in FACES else "engine")
        compile_it: Any = njit
        with _compiling(home):
            made: Callable[..., Any] = compile_it(
                signature,
                cache=home is not None,
                nogil=True,
                forceinline=inline,
                error_model="numpy",
                no_cpython_wrapper=not entry,
                no_cfunc_wrapper=True,
                _nrt=False,
            )(function)
            if not inline and len(function.__code__.co_code) >= LONG:
                _set_apart(made)
        return made

    return compiled
