"""What was typed on the command line, taken without pydantic.

Typer builds a pydantic validator for each parameter of the command that runs, those that were not given
included: 80 ms, more than importing Typer takes. Text and paths need none. All other values, and all that is
wrong, still go Typer's own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

_OTHER = object()


class LightCommand(TyperCommand):
    """A command whose text and path parameters cost nothing."""

    def get_params(self, ctx: Any) -> list[Any]:
        return lightened(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keeps what the values do not tell: which parameter was given before which, as `given(ctx)`."""
        if args:
            *_, order = self.make_parser(ctx).parse_args(args=list(args))
            ctx.meta[__name__] = tuple(param.name for param in order)
        return super().parse_args(ctx, args)


class LightGroup(TyperGroup):
    """A group whose text and path parameters cost nothing."""

    def get_params(self, ctx: Any) -> list[Any]:
        return lightened(super().get_params(ctx))


def given(ctx: Any) -> Sequence[str]:
    """The names of the parameters in the order in which they were typed, each as often as it was."""
    return ctx.meta.get(__name__, ())  # type: ignore[no-any-return]


def lightened(params: list[Any]) -> list[Any]:
    """The same parameters; each asks Typer for a validator only where its value needs one."""
    for param in params:
        param.process_value = partial(_process, param)
    return params


def _process(param: Any, ctx: Any, value: Any) -> Any:
    taken = _taken(param, value)
    if taken is _OTHER or (param.required and param.value_is_missing(taken)):
        return type(param).process_value(param, ctx, value)
    return param.callback(ctx, param, taken) if param.callback else taken


def _taken(param: Any, value: Any) -> Any:
    """The value as the command gets it; `_OTHER` when it takes more than Python's own types to say."""
    several = param.multiple or param.nargs == -1
    if value is None:
        return () if several else None
    wanted = param.type_descriptor.annotation
    if not several:
        return _one(wanted, value)
    if get_origin(wanted) is not list or isinstance(value, str):
        return _OTHER
    taken = [_one(get_args(wanted)[0], item) for item in value]
    return _OTHER if _OTHER in taken else taken


def _one(wanted: Any, value: Any) -> Any:
    if wanted is Path and isinstance(value, str):
        return Path(value)
    return value if isinstance(wanted, type) and type(value) is wanted else _OTHER
