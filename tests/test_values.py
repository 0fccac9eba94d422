"""Frozen values do what the standard library's do, side by side."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import pytest

from diag import values

T = TypeVar("T")
Decorator = Callable[..., Any]


def classes(decorator: Decorator, field: Decorator) -> dict[str, Any]:
    """The same declarations by either decorator."""

    @decorator(frozen=True)
    class Base:
        hidden: dict[str, int] = field(repr=False, compare=False)
        name: str
        tags: tuple[str, ...] = ()
        notes: dict[str, str] = field(default_factory=dict)

        @property
        def loud(self) -> str:
            return self.name.upper()

    @decorator(frozen=True)
    class Below(Base):
        size: int = field(default=3)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("size")

    @decorator(frozen=True, kw_only=True)
    class Named(Generic[T]):
        item: T
        last: str = "z"

    @decorator(frozen=True, eq=False)
    class Itself:
        name: str

        def __repr__(self) -> str:
            return "mine"

    @decorator(frozen=True)
    class Empty:
        pass

    @decorator(frozen=True, slots=True)
    class Slotted:
        """Of which there are thousands."""

        name: str
        size: int = 3
        notes: dict[str, str] = field(default_factory=dict, compare=False)

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("size")

    return {found.__name__: found for found in (Base, Below, Named, Itself, Empty, Slotted)}


OURS = classes(values.dataclass, values.field)
THEIRS = classes(dataclasses.dataclass, dataclasses.field)
BOTH = pytest.mark.parametrize("of", [OURS, THEIRS], ids=["ours", "standard"])


@BOTH
def test_values_are_taken_by_place_and_by_name(of: dict[str, Any]) -> None:
    made = of["Below"]({}, "a", ("t",), size=4)
    assert (made.hidden, made.name, made.tags, made.notes, made.size, made.loud) == ({}, "a", ("t",), {}, 4, "A")
    assert of["Base"]({}, "a").notes is not of["Base"]({}, "a").notes
    assert of["Named"](item=1).last == "z"


@BOTH
@pytest.mark.parametrize(
    ("name", "args", "named"),
    [
        ("Base", ({},), {}),
        ("Base", ({}, "a", (), {}, "too many"), {}),
        ("Base", ({}, "a"), {"name": "twice"}),
        ("Base", ({}, "a"), {"unheard": 1}),
        ("Named", (1,), {}),
        ("Empty", (1,), {}),
        ("Slotted", (), {"size": 1}),
        ("Slotted", ("a", 1, {}, "too many"), {}),
        ("Slotted", ("a",), {"unheard": 1}),
    ],
)
def test_other_arguments_are_refused(of: dict[str, Any], name: str, args: tuple[Any, ...], named: Any) -> None:
    with pytest.raises(TypeError, match=r"__init__|Base|Named|Empty|Slotted"):
        of[name](*args, **named)


@BOTH
def test_a_value_checks_itself(of: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="size"):
        of["Below"]({}, "a", size=-1)


@BOTH
def test_equal_when_all_that_is_compared_is_equal(of: dict[str, Any]) -> None:
    base = of["Base"]
    assert base({"x": 1}, "a") == base({"x": 2}, "a")
    assert base({}, "a") != base({}, "b")
    assert base({}, "a") != of["Below"]({}, "a")
    assert base({}, "a") != ("a", (), {})
    assert of["Empty"]() == of["Empty"]()
    assert of["Itself"]("a") != of["Itself"]("a")


@BOTH
def test_hashed_by_what_is_compared(of: dict[str, Any]) -> None:
    assert len({of["Named"](item=1), of["Named"](item=1), of["Named"](item=2)}) == 2
    assert len({of["Itself"]("a"), of["Itself"]("a")}) == 2
    with pytest.raises(TypeError):
        hash(of["Base"]({}, "a"))  # its notes are a dict


@BOTH
def test_nothing_can_be_changed_or_added(of: dict[str, Any]) -> None:
    made = of["Base"]({}, "a")
    for name in ("name", "unheard"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(made, name, "b")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.name


@BOTH
def test_the_standard_functions_work_on_them(of: dict[str, Any]) -> None:
    made = of["Below"]({}, "a")
    assert dataclasses.replace(made, name="b") == of["Below"]({}, "b")
    assert dataclasses.asdict(made) == {"hidden": {}, "name": "a", "tags": (), "notes": {}, "size": 3}
    assert [field.name for field in dataclasses.fields(made)] == ["hidden", "name", "tags", "notes", "size"]
    assert repr(made).endswith("Below(name='a', tags=(), notes={}, size=3)")
    assert repr(of["Itself"]("a")) == "mine"
    assert of["Below"].__match_args__ == ("hidden", "name", "tags", "notes", "size")


@BOTH
def test_with_slots_it_has_no_dictionary_and_does_all_else(of: dict[str, Any]) -> None:
    slotted = of["Slotted"]
    made = slotted("a", notes={"x": "y"})
    assert not hasattr(made, "__dict__")
    assert (made.name, made.size, made.notes) == ("a", 3, {"x": "y"}) == dataclasses.astuple(made)
    assert slotted("a", 4, {}) == dataclasses.replace(made, size=4) != made
    assert len({made, slotted("a"), slotted("b")}) == 2
    assert slotted("a").notes is not slotted("a").notes
    assert copy.copy(made) == copy.deepcopy(made) == made
    assert slotted.__doc__ == "Of which there are thousands."
    with pytest.raises(ValueError, match="size"):
        slotted("a", size=-1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "b"


def test_a_standard_class_may_stand_on_one_of_ours_and_ours_on_it() -> None:
    base: Any = OURS["Base"]

    @dataclasses.dataclass(frozen=True)
    class Theirs(base):  # type: ignore[misc]
        more: int = 0

    @values.dataclass(frozen=True)
    class Ours(Theirs):
        most: int = 0

    assert Ours({}, "a", more=1, most=2) == Ours({}, "a", (), {}, 1, 2)


def test_a_default_that_all_would_share_is_refused() -> None:
    with pytest.raises(ValueError, match="default_factory"):

        @values.dataclass(frozen=True)
        class Shared:
            items: list[str] = []  # noqa: RUF012


def test_a_value_that_can_change_is_not_made_here() -> None:
    with pytest.raises(TypeError, match="frozen"):
        values.dataclass(frozen=False)
