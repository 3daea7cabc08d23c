"""The only door to compiling: `@kernel` reads the types that a function declares; it is compiled for them once, when it is
first called.

    int -> int64    float -> float64    bool -> boolean    None    tuple[int, int] -> a pair
    IntVector, ByteMatrix, ... -> an array of that element and so many dimensions, C-contiguous
    City -> the address of a city    Villages, Powers, ... -> one row of that table    a NamedTuple -> its fields

Numba has traps that were reproduced before this file was written; each is closed here, once:

* `cache=True` does not notice an edit in a callee's file. So the cache lives in a folder that is named after a digest
  of all our sources, the numba version, the Python version and the processor.
* The types of arguments decide how often a function is compiled. So every kernel has one signature, the declared one.
* Wrappers for Python callers cost compile time. So only kernels marked `entry=True` have one (tests, which call every
  kernel, set MEGASTRUCTURE_WRAP=1).
* Numba optimises a kernel again inside each of its callers, and the callers' callers. So long kernels stand apart: callers
  know only their name and types, as with a linker (docs/decisions/0008). So they can also be compiled in any order, by
  several processes side by side (`only`).
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
import functools
import gc
import hashlib
import inspect
import os
import platform
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints, overload

import llvmlite.binding
import numba
import numpy as np
from numba import config, njit, types
from numba.core import caching, funcdesc, sigutils, typed_passes, typing, untyped_passes
from numba.core.compiler import CompilerBase
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import PassManager
from numba.core.types.functions import BaseFunction
from numpy.typing import NDArray

from .declare import Table
from .floors import FACES

settings: Any = config
functions: Any = BaseFunction
F = TypeVar("F", bound=Callable[..., Any])

# ---- what a kernel may be handed -------------------------------------------------------------------------------------------

Byte = Annotated[int, types.uint8]
IntVector = Annotated[NDArray[np.int64], types.int64[::1]]
Int32Vector = Annotated[NDArray[np.int32], types.int32[::1]]
ByteVector = Annotated[NDArray[np.uint8], types.uint8[::1]]
FloatVector = Annotated[NDArray[np.float64], types.float64[::1]]
IntMatrix = Annotated[NDArray[np.int64], types.int64[:, ::1]]
Int32Matrix = Annotated[NDArray[np.int32], types.int32[:, ::1]]
ByteMatrix = Annotated[NDArray[np.uint8], types.uint8[:, ::1]]
FloatMatrix = Annotated[NDArray[np.float64], types.float64[:, ::1]]
Int32Volume = Annotated[NDArray[np.int32], types.int32[:, :, ::1]]
ByteVolume = Annotated[NDArray[np.uint8], types.uint8[:, :, ::1]]
Float32Volume = Annotated[NDArray[np.float32], types.float32[:, :, ::1]]
PLAIN = {int: types.int64, float: types.float64, bool: types.boolean, type(None): types.void}


def numba_type(hint: Any) -> Any:
    """The type that numba compiles for what a function declares."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is Annotated:
        return get_args(hint)[1]
    if get_origin(hint) is tuple:
        return types.Tuple([numba_type(h) for h in get_args(hint)])
    if isinstance(hint, type) and issubclass(hint, Table) and not hasattr(hint, "_numba_type_"):
        from .pointer import record_type

        hint._numba_type_ = record_type(hint)
    if hasattr(hint, "_numba_type_"):
        return hint._numba_type_
    if hasattr(hint, "_fields"):
        fields = get_type_hints(hint, include_extras=True)
        return types.NamedTuple([numba_type(fields[name]) for name in hint._fields], hint)
    raise TypeError(f"{hint}: a kernel is handed numbers, arrays, a city, rows of tables and named tuples")


def signature_of(function: Callable[..., Any]) -> Any:
    """What numba compiles a function for."""
    hints = get_type_hints(function, include_extras=True)
    answer = numba_type(hints.pop("return"))
    return answer(*(numba_type(hint) for hint in hints.values()))


# ---- where compiled kernels are kept ---------------------------------------------------------------------------------------

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
    h.update(f"{numba.__version__} {sys.version_info[:3]} {processor} {WRAP}".encode())
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


# ---- compiling -------------------------------------------------------------------------------------------------------------

LONG = 400  # bytes of bytecode: from here on a call costs little beside the work, and compiling twice costs much
WRAP = os.environ.get("MEGASTRUCTURE_WRAP") == "1"
_apart: list[Any] = []  # kernels that others call by address must never be collected
_mine: frozenset[str] | None = None  # the modules whose long kernels this process compiles; None: all


def only(modules: Iterable[str]) -> None:
    """From now on long kernels of other modules are not compiled here: their callers know their names and types alone.

    For processes that fill the cache side by side and run nothing.
    """
    global _mine  # noqa: PLW0603 - a process compiles for one purpose
    _mine = frozenset(modules)


def _symbol(function: Callable[..., Any]) -> str:
    return f"megastructure:{function.__module__}.{function.__qualname__}"  # numba's own differs between processes


def _set_apart(made: Any, function: Callable[..., Any]) -> None:
    """Let callers find a compiled kernel by name, when they are compiled or loaded, instead of holding a copy of it."""
    (compiled,) = made.overloads.values()
    outside = copy.copy(compiled.fndesc)
    outside.mangled_name = _symbol(function)
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    llvmlite.binding.add_symbol(outside.mangled_name, address)
    made.targetctx.remove_user_function(compiled.entry_point)
    made.targetctx.insert_user_function(compiled.entry_point, outside)
    _apart.append(made)


def _declare(function: Callable[..., Any], signature: Any) -> Any:
    """A kernel that can be called by kernels which are compiled here, and has no code here."""
    made: Any = njit(nogil=True, error_model="numpy", _nrt=False)(function)
    arguments, answer = sigutils.normalize_signature(signature)
    names = list(inspect.signature(function).parameters)
    described = funcdesc.FunctionDescriptor(
        native=True, modname=function.__module__, qualname=function.__qualname__, unique_name=function.__qualname__, doc="",
        typemap={f"arg.{name}": kind for name, kind in zip(names, arguments)}, restype=answer, calltypes={}, args=names,
        kws={}, mangler=lambda *_, **__: _symbol(function), argtypes=tuple(arguments),
    )  # fmt: skip
    key = object()
    made.overloads[tuple(arguments)] = SimpleNamespace(
        signature=typing.signature(answer, *arguments), entry_point=key, fndesc=described, library=None, objectmode=False
    )
    made._can_compile = False
    made.targetctx.insert_user_function(key, described)
    if llvmlite.binding.address_of_symbol(_symbol(function)) is None:
        llvmlite.binding.add_symbol(_symbol(function), 16)  # nobody will jump there
    _apart.append(made)
    return made


class _Lean(CompilerBase):
    """Numba's passes less those that kernels have no use for: no object mode, no list of arrays to rewrite, no inlining."""

    def define_pipelines(self) -> list[Any]:
        """The passes in order."""
        passes: Any = PassManager("lean")
        for step in (
            untyped_passes.TranslateByteCode, untyped_passes.FixupArgs, untyped_passes.IRProcessing,
            untyped_passes.RewriteSemanticConstants, untyped_passes.DeadBranchPrune, untyped_passes.GenericRewrites,
            untyped_passes.ReconstructSSA, typed_passes.NopythonTypeInference, typed_passes.PreLowerStripPhis,
            typed_passes.NoPythonSupportedFeatureValidation, typed_passes.IRLegalization, typed_passes.AnnotateTypes,
            typed_passes.NativeLowering, typed_passes.NoPythonBackend,
        ):  # fmt: skip
            passes.add_pass(step, step.__name__)
        passes.finalize()
        return [passes]


class _Shelf(caching.UserProvidedCacheLocator):
    """Files of the cache are named after the module, and believed: their folder is named after a digest of all sources. So
    the same sources find them from wherever they are installed."""

    def __init__(self, function: Any, file: str) -> None:
        self._py_file = file
        self._lineno = function.__code__.co_firstlineno
        self._cache_path = os.path.join(settings.CACHE_DIR, function.__module__)

    def get_source_stamp(self) -> int:
        """No other sources can be meant."""
        return 0

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """The shelf of a function."""
        self = cls(py_func, py_file)
        self.ensure_cache_path()
        return self


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
def _compiling(home: Path | None, ours: bool) -> Iterator[None]:
    """Numba with our cache folder, with its types of calls remembered, and with nobody looking for garbage meanwhile.

    ours   the function stands in this package, after whose sources the folder is named
    """
    shelves: Any = caching.CacheImpl
    before, collects, locators = settings.CACHE_DIR, gc.isenabled(), shelves._locator_classes
    look_up = functions.get_call_type
    if home is not None:
        settings.CACHE_DIR = str(home)
        if ours:
            shelves._locator_classes = [_Shelf]
    functions.get_call_type = _known_call
    gc.disable()
    try:
        yield
    finally:
        settings.CACHE_DIR = before
        shelves._locator_classes = locators
        functions.get_call_type = look_up
        if collects:
            gc.enable()


class _Late:
    """A kernel that is compiled, or read from the cache, when somebody calls it or a kernel that calls it is compiled.

    Most kernels are called by kernels alone, whose code holds a copy of theirs: a start from a full cache never reads them.
    """

    def __init__(self, written: Callable[..., Any], entry: bool, inline: bool) -> None:
        functools.update_wrapper(self, written)
        self.py_func = written
        self.entry = entry
        self.inline = inline
        self.apart = not inline and len(written.__code__.co_code) >= LONG
        self.dispatcher: Any = None
        self.ready = False

    def __call__(self, *given: Any) -> Any:
        """From Python, as a compiled function."""
        return (self.dispatcher if self.ready else self.made())(*given)

    def __repr__(self) -> str:
        return f"<kernel {self.py_func.__module__}.{self.py_func.__qualname__}>"

    def __reduce__(self) -> str:
        """By its name, as functions are."""
        return self.py_func.__qualname__

    @property
    def _numba_type_(self) -> Any:
        """What numba asks for when a kernel is compiled that calls this one."""
        if self.dispatcher is None:
            self.made()
        return self.dispatcher._numba_type_

    def made(self) -> Any:
        """The compiled function, with all that it finds by name."""
        with global_compiler_lock:
            if self.dispatcher is not None:
                return self.dispatcher
            function = self.py_func
            signature = signature_of(function)
            if self.apart and _mine is not None and function.__module__ not in _mine:
                self.dispatcher = _declare(function, signature)
                return self.dispatcher
            package, _, rest = function.__module__.partition(".")
            folder = rest.split(".")[0]
            ours = package == HOUSE.name
            home = cache_folder(folder if ours and folder in FACES else "engine")
            with _compiling(home, ours):
                self.dispatcher = njit(
                    cache=home is not None,
                    nogil=True,
                    forceinline=self.inline,
                    error_model="numpy",
                    no_cpython_wrapper=not (self.entry or WRAP),
                    no_cfunc_wrapper=True,
                    pipeline_class=_Lean,
                    _nrt=False,
                )(function)
                try:
                    for other in _by_name(function):
                        other.made()
                    self.dispatcher.compile(signature)
                except BaseException:
                    self.dispatcher = None  # the next who calls it is told the same
                    raise
                self.dispatcher.disable_compile()
            if self.apart:
                _set_apart(self.dispatcher, function)
            self.ready = True
            return self.dispatcher


def _calls(function: Callable[..., Any]) -> Iterator[_Late]:
    """The kernels that a function names."""
    names = function.__code__.co_names
    for name in names:
        value = function.__globals__.get(name)
        if isinstance(value, _Late):
            yield value
        elif isinstance(value, ModuleType):
            yield from (v for v in map(vars(value).get, names) if isinstance(v, _Late))


def _by_name(function: Callable[..., Any]) -> list[_Late]:
    """The kernels that stand apart and are called by a function, or by what is copied into it."""
    found: list[_Late] = []
    seen = {function}
    ways = [function]
    while ways:
        for late in _calls(ways.pop()):
            if late.py_func not in seen:
                seen.add(late.py_func)
                if late.apart:
                    found.append(late)
                else:
                    ways.append(late.py_func)
    return found


def compile_kernels(module: ModuleType) -> int:
    """Compile all kernels that a module holds, or read them from the cache; how many there are."""
    own = [v for v in vars(module).values() if isinstance(v, _Late) and v.__module__ == module.__name__]
    for late in own:
        late.made()
    return len(own)


@overload
def kernel(function: F, /) -> F: ...
@overload
def kernel(*, entry: bool = False, inline: bool = False) -> Callable[[F], F]: ...
def kernel(function: Any = None, /, *, entry: bool = False, inline: bool = False) -> Any:
    """Compile a function for the types that it declares.

    entry    the package calls it from Python; the others are called by kernels alone
    inline   LLVM puts it into its callers, which saves the 3 ns of a call
    """

    def compiled(written: Callable[..., Any]) -> Any:
        return written if settings.DISABLE_JIT else _Late(written, entry, inline)

    return compiled if function is None else compiled(function)
