"""The only door to numba.

Numba has traps that were reproduced before this file was written; each is closed here, once:

* `cache=True` does not notice an edit in a callee's file. So the cache lives in a folder that is named after a digest
  of all our sources, the numba version, the Python version and the processor.
* The types of arguments decide how often a function is compiled. So every kernel has one explicit signature, and a
  kernel must be defined before the kernels that call it.
* Wrappers for Python callers cost compile time. So only kernels marked `entry=True` have one.
* Integer division by zero ends the process when `error_model` is "numpy", and Python's rules cost time when it is not.
  We use "numpy" and never divide by what may be zero.
* With `parallel=True` a write through a tuple field inside `prange` is lost. We never use it: kernels release the GIL,
  and threads run over regions, tiles or worlds.

With `NUMBA_DISABLE_JIT=1` every kernel is the plain Python function: the same source, the same bits.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba import njit, types

__all__ = [
    "NOTHING", "cache_folder", "f4m3", "f8", "f8v", "flag", "i4", "i4m", "i4v", "i8", "i8m", "i8v", "kernel", "pair",
    "record", "u1", "u1m", "u1m3", "u1m4", "u1v",
]  # fmt: skip

F = TypeVar("F", bound=Callable[..., Any])

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
pair = types.UniTuple(types.int64, 2)


def record(shape: type, *fields: Any) -> Any:
    """The numba type of a `NamedTuple` class whose fields have the given numba types."""
    return types.NamedTuple(fields, shape)


def _sources_digest() -> str:
    root = Path(__file__).parent
    h = hashlib.blake2b(digest_size=8)
    for path in sorted(root.rglob("*.py")):
        h.update(path.relative_to(root).as_posix().encode())
        h.update(path.read_bytes())
    try:
        from llvmlite.binding import get_host_cpu_name

        processor = get_host_cpu_name()
    except Exception:  # pragma: no cover - no processor name: the architecture must do
        processor = platform.machine()
    h.update(f"{numba.__version__} {sys.version_info[:3]} {processor}".encode())
    return h.hexdigest()


def _forget_old(home: Path, keep: Path, days: int = 30) -> None:
    """Remove caches of sources that nobody has run for `days`; a cache in use is touched at every start."""
    import shutil

    limit = time.time() - days * 86400
    for folder in home.iterdir():
        if folder != keep and folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)


def _find_cache_folder() -> Path | None:
    from platformdirs import user_cache_path

    wanted = os.environ.get("MEGASTRUCTURE_CACHE_DIR")
    homes = [Path(wanted)] if wanted else [user_cache_path("megastructure") / "kernels"]
    homes.append(Path(tempfile.gettempdir()) / f"megastructure-kernels-{os.getuid() if hasattr(os, 'getuid') else 0}")
    digest = _sources_digest()
    for number, home in enumerate(homes):
        folder = home / digest
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
                continue  # a shared temporary folder that someone else made: never load code from it
            with tempfile.TemporaryFile(dir=folder):
                pass
            os.utime(folder)
            _forget_old(home, folder)
        except OSError:
            continue
        if number:
            warnings.warn(f"the cache of compiled kernels is in {folder}: {homes[0]} is not writable", stacklevel=2)
        return folder
    warnings.warn("no folder is writable for compiled kernels: every start compiles them again", stacklevel=2)
    return None


_FOLDER: Path | None = None if numba.config.DISABLE_JIT else _find_cache_folder()


def cache_folder() -> Path | None:
    """Where compiled kernels are kept, or None when they are not kept."""
    return _FOLDER


def is_warm() -> bool:
    """Whether compiled kernels of these very sources are already there (then nothing is compiled)."""
    return _FOLDER is not None and any(_FOLDER.rglob("*.nbc"))


def kernel(signature: Any, *, entry: bool = False, fast_math: bool = False) -> Callable[[F], F]:
    """Compile a function for one signature. `entry`: Python calls it; the others are called by kernels alone."""

    def compiled(function: F) -> F:
        before = numba.config.CACHE_DIR
        if _FOLDER is not None:
            numba.config.CACHE_DIR = str(_FOLDER)
        try:
            made: F = njit(
                signature,
                cache=_FOLDER is not None,
                nogil=True,
                error_model="numpy",
                fastmath=fast_math,
                no_cpython_wrapper=not entry,
                no_cfunc_wrapper=True,
            )(function)
        finally:
            numba.config.CACHE_DIR = before
        return made

    return compiled
