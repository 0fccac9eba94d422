"""Importing only the parts of a Google client package that a call needs, one import at a time.

A package such as `google.cloud.compute_v1` imports every one of its services when it is imported:
two seconds for compute, of which `diag` needs a third. Here an empty stand-in takes the package's
place first, so that only the wanted service modules run; it turns into the full package when
anyone asks it for something else.

Imports hold the interpreter's lock, so they take turns: calls of the packages that came first are
on the wire while compute is still being imported.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_WEIGHTS = {"run_v2": 1, "sqladmin_v1": 3, "logging_v2": 4, "monitoring_v3": 4, "compute_v1": 9}
"""Whose turn comes last: 2 for all the others. Further calls hang on what Cloud Run says, so its client is the
first; nothing hangs on logs and metrics; compute takes as long as all the others together."""


class _Turns:
    """A lock that is handed to the waiter with the least weight; every import here runs under it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, int]] = []
        self._holder: int | None = None
        self._depth = 0

    @contextmanager
    def turn(self, weight: int, timeout_s: float | None = None) -> Iterator[None]:
        """Holds the lock, reentrantly; raises `TimeoutError` when it was not free in `timeout_s`."""
        me = threading.get_ident()
        ticket = (weight, me)
        with self._changed:
            if self._holder != me:
                self._waiting.append(ticket)
                mine = self._changed.wait_for(lambda: self._holder is None and min(self._waiting) == ticket, timeout_s)
                self._waiting.remove(ticket)
                if not mine:
                    self._changed.notify_all()
                    raise TimeoutError("another client library was still being imported")
                self._holder = me
            self._depth += 1
        try:
            yield
        finally:
            with self._changed:
                self._depth -= 1
                if not self._depth:
                    self._holder = None
                    self._changed.notify_all()


_turns = _Turns()


class _Standin(ModuleType):
    """A package whose `__init__` has not run; runs it when asked for what is not a submodule."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        with _turns.turn(0):
            if name in self.__dict__:
                return self.__dict__[name]
            if importlib.util.find_spec(full) is not None:
                return importlib.import_module(full)
            self._become_whole()
        return getattr(self, name)

    def _become_whole(self) -> None:
        """Runs the package's own `__init__` in this module; from then on it is an ordinary package."""
        if self.__class__ is not ModuleType:
            self.__class__ = ModuleType  # type: ignore[assignment]
            spec = self.__spec__
            if spec is not None and spec.loader is not None:
                spec.loader.exec_module(self)


def _stand_in(package: str) -> None:
    """Puts a stand-in for `google.cloud.<package>` where `import` looks first, unless it is imported already."""
    full = f"google.cloud.{package}"
    if full in sys.modules:
        return
    spec: ModuleSpec | None = importlib.util.find_spec(full)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {full!r}", name=full)
    standin = _Standin(full)
    standin.__spec__ = spec
    standin.__loader__ = spec.loader
    standin.__package__ = full
    standin.__file__ = spec.origin
    standin.__path__ = list(spec.submodule_search_locations or ())
    sys.modules[full] = standin
    setattr(importlib.import_module("google.cloud"), package, standin)


@contextmanager
def _without_collections() -> Iterator[None]:
    """No garbage collection while hundreds of thousands of objects are made that will all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


_COMMON = ("google.api_core.gapic_v1", "google.auth.transport.grpc", "proto")


def load(path: str, timeout_s: float | None = None) -> Any:
    """The attribute at `path` below `google.cloud`: `run_v2.services.services.ServicesClient`.

    Raises `TimeoutError` when other imports took all of `timeout_s` (an import under way is not cut short).
    """
    module, _, attribute = path.rpartition(".")
    loaded = sys.modules.get(f"google.cloud.{module}")
    if loaded is not None and attribute in loaded.__dict__ and _is_settled(loaded):
        return loaded.__dict__[attribute]
    return getattr(load_module(module, timeout_s), attribute)


def load_ahead() -> None:
    """Begins in the background to import what every client needs; for the time that a token is on its way."""
    threading.Thread(target=load_module, args=("",), name="diag-import", daemon=True).start()


def load_module(path: str, timeout_s: float | None = None) -> ModuleType:
    """The module at `path` below `google.cloud`, imported without its package's `__init__`.

    An empty path imports only what every client needs.
    """
    package = path.partition(".")[0]
    left = _countdown(timeout_s)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's core writes to stderr otherwise
    with _turns.turn(0, left()), _without_collections():
        for name in _COMMON:
            importlib.import_module(name)
    if not path:
        return importlib.import_module("google.api_core")
    with _turns.turn(_WEIGHTS.get(package, 2), left()), _without_collections():
        _stand_in(package)
        return importlib.import_module(f"google.cloud.{path}")


def _is_settled(module: ModuleType) -> bool:
    """Whether the module's import has ended (another thread may be in the middle of it)."""
    return not getattr(module.__spec__, "_initializing", False)


def _countdown(timeout_s: float | None) -> Callable[[], float | None]:
    if timeout_s is None:
        return lambda: None
    end = time.monotonic() + timeout_s
    return lambda: max(0.0, end - time.monotonic())
