"""Frozen values: `@dataclass(frozen=True)` at a twentieth of what the standard library's costs at start-up.

The standard library writes and compiles up to seven methods for each class, 0.4 ms whenever diag starts; for
the classes of one run that is longer than importing Typer. Here all classes share methods that are compiled
with this module. They do the same (a test holds the two side by side); `dataclasses.replace`, `asdict` and
`fields` work on them, and type checkers see the standard decorator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import _FIELD, MISSING, Field, FrozenInstanceError, field  # type: ignore[attr-defined]
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

_PARAMS = SimpleNamespace(frozen=True)


def _frozen(
    *, frozen: bool, kw_only: bool = False, eq: bool = True, slots: bool = False
) -> Callable[[type[Any]], type[Any]]:
    """The decorator. `frozen` must be true; `slots` is for what there are thousands of, and has no heirs.

    It halves their memory, and has their `__init__` compiled.
    """
    if not frozen:
        raise TypeError("only frozen values are made here; dataclasses.dataclass makes the others")

    def make(cls: type[Any]) -> type[Any]:
        fields = _fields(cls, kw_only)
        if slots:
            cls = _slotted(cls, fields)
        cls.__dataclass_fields__ = fields
        cls.__dataclass_params__ = _PARAMS  # what the standard decorator asks of a base class
        positional = tuple(name for name, each in fields.items() if not each.kw_only)
        init = _compiled_init(cls, fields) if slots else _init(cls, fields, positional)
        members = {"__match_args__": positional, "__init__": init, "__repr__": _repr(fields)}
        if eq:
            members |= _comparison(fields)
        for name, member in members.items():
            if name not in cls.__dict__:
                setattr(cls, name, member)
        cls.__setattr__ = cls.__delattr__ = _refuse  # type: ignore[assignment]
        return cls

    return make


def _fields(cls: type[Any], kw_only: bool) -> dict[str, Field[Any]]:
    """The fields by name, those of the base classes first."""
    fields: dict[str, Field[Any]] = {}
    for base in cls.__mro__[:0:-1]:
        fields |= base.__dict__.get("__dataclass_fields__", {})
    for name, kind in cls.__annotations__.items():
        said = cls.__dict__.get(name, MISSING)
        found: Field[Any] = said if isinstance(said, Field) else field(default=said)
        if found.default.__class__.__hash__ is None:
            raise ValueError(f"{cls.__name__}.{name}: a default that can change is shared; use default_factory")
        if isinstance(said, Field):
            if said.default is MISSING:
                delattr(cls, name)
            else:
                setattr(cls, name, said.default)
        found.name, found.type, found.kw_only = name, kind, kw_only
        found._field_type = _FIELD  # type: ignore[attr-defined]
        fields[name] = found
    return fields


def _slotted(cls: type[Any], fields: Mapping[str, Field[Any]]) -> type[Any]:
    """The class anew, with a slot for each field in place of a dictionary."""
    kept = {name: member for name, member in cls.__dict__.items() if name not in (*fields, "__dict__", "__weakref__")}
    return type(cls.__name__, cls.__bases__, {**kept, "__slots__": tuple(fields), "__setstate__": _refill})


def _refill(self: Any, state: tuple[None, Mapping[str, Any]]) -> None:
    """What `copy` and `pickle` ask of a value with slots that cannot be set."""
    for name, value in state[1].items():
        object.__setattr__(self, name, value)


def _init(cls: type[Any], fields: Mapping[str, Field[Any]], positional: tuple[str, ...]) -> Callable[..., None]:
    fill = _filler(cls, fields, positional)
    check = getattr(cls, "__post_init__", None)

    def __init__(self: Any, *args: Any, **named: Any) -> None:
        fill(self.__dict__, args, named)
        if check:
            check(self)

    return __init__


def _compiled_init(cls: type[Any], fields: Mapping[str, Field[Any]]) -> Callable[..., None]:
    """The method as one would write it: it takes as long to compile as a hundred values save by it."""
    scope: dict[str, Any] = {"_absent": MISSING, "_check": getattr(cls, "__post_init__", None)}
    takes: dict[bool, list[str]] = {False: [], True: []}
    puts = []
    for name, each in fields.items():
        scope |= {f"_put_{name}": getattr(cls, name).__set__, f"_else_{name}": each.default}
        taken, value = name, name
        if each.default is not MISSING:
            taken = f"{name}=_else_{name}"
        elif each.default_factory is not MISSING:
            scope[f"_make_{name}"] = each.default_factory
            taken, value = f"{name}=_absent", f"_make_{name}() if {name} is _absent else {name}"
        takes[bool(each.kw_only)].append(taken)
        puts.append(f"_put_{name}(self, {value})")
    head = ", ".join(["self", *takes[False], *(["*", *takes[True]] if takes[True] else [])])
    puts += ["_check(self)"] if scope["_check"] else []
    exec(f"def __init__({head}):\n " + "\n ".join(puts), scope)  # of names alone, which are those of fields
    made: Callable[..., None] = scope["__init__"]
    return made


def _filler(
    cls: type[Any], fields: Mapping[str, Field[Any]], positional: tuple[str, ...]
) -> Callable[[dict[str, Any], tuple[Any, ...], Mapping[str, Any]], None]:
    """What turns the arguments of a call into the value of each field; raises `TypeError` for those that do not fit."""
    wanted = fields.keys()
    defaults = {name: each.default for name, each in fields.items() if each.default is not MISSING}
    factories = [(name, each.default_factory) for name, each in fields.items() if each.default_factory is not MISSING]
    every = len(fields)

    def fill(values: dict[str, Any], args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
        if len(args) == every == len(positional) and not named:  # most values are made so
            values.update(zip(positional, args, strict=True))
            return
        values.update(defaults)
        if args:
            if len(args) > len(positional) or not named.keys().isdisjoint(positional[: len(args)]):
                raise TypeError(f"{cls.__name__}() was given too many values, or one of {', '.join(positional)} twice")
            values.update(zip(positional, args, strict=False))
        values.update(named)
        for name, factory in factories:
            if name not in values:
                values[name] = factory()
        if values.keys() != wanted:
            wrong = ", ".join(sorted(values.keys() ^ wanted))
            raise TypeError(f"{cls.__name__}() is missing values, or has no field for them: {wrong}")

    return fill


def _repr(fields: Mapping[str, Field[Any]]) -> Callable[[Any], str]:
    shown = [name for name, each in fields.items() if each.repr]

    def __repr__(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return __repr__


def _comparison(fields: Mapping[str, Field[Any]]) -> dict[str, Any]:
    compared = [name for name, each in fields.items() if each.compare]
    key = attrgetter(*compared) if compared else lambda _: ()

    def __eq__(self: Any, other: object) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(key(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _refuse(self: Any, name: str, value: object = None) -> NoReturn:
    raise FrozenInstanceError(f"{name} of a {type(self).__name__} cannot change")


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _frozen

__all__ = ["dataclass", "field"]
