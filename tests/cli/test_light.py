"""Light parameters give a command what Typer's own give it, and refuse what Typer refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.core import TyperCommand

from diag.cli.light import LightCommand

Seen = dict[str, Any]


def given(kind: type[TyperCommand], *words: str) -> Seen | str:
    """What the command's function gets for these words, or what Typer says is wrong."""
    app = typer.Typer(add_completion=False)
    seen: Seen = {}

    @app.command(cls=kind)
    def command(
        name: str,
        rest: Annotated[list[str] | None, typer.Argument()] = None,
        text: Annotated[str | None, typer.Option()] = None,
        word: Annotated[str, typer.Option(callback=lambda value: value.upper())] = "w",
        path: Annotated[Path | None, typer.Option("--path", "-p")] = None,
        paths: Annotated[list[Path] | None, typer.Option("--each")] = None,
        flag: bool = False,
        count: int = 3,
        counts: Annotated[list[int] | None, typer.Option()] = None,
        ratio: Annotated[float, typer.Option(min=0, max=1)] = 0.5,
    ) -> None:
        seen.update(locals())

    try:
        app(args=list(words), standalone_mode=False)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return {key: value for key, value in seen.items() if key != "seen"}


@pytest.mark.parametrize(
    "words",
    [
        ("a",),
        ("a", "b", "c"),
        ("a", "--text", "t", "--word", "v", "--flag"),
        ("a", "-p", "x/y", "--each", "1", "--each", "2/3"),
        ("a", "--count", "4", "--counts", "1", "--counts", "2", "--ratio", "0.25"),
        ("a", "--text", ""),
        (),
        ("a", "--count", "four"),
        ("a", "--counts", "four"),
        ("a", "--ratio", "2"),
        ("a", "--text"),
        ("a", "--unheard", "of"),
    ],
    ids=" ".join,
)
def test_the_function_gets_what_typer_would_give_it(words: tuple[str, ...]) -> None:
    assert given(LightCommand, *words) == given(TyperCommand, *words)


def test_a_path_that_cannot_be_read_is_left_to_the_command(tmp_path: Path) -> None:
    """The commands say themselves what is wrong with a path, and what to do."""
    found = given(LightCommand, "a", "-p", str(tmp_path / "missing"))
    assert isinstance(found, dict)
    assert found["path"] == tmp_path / "missing"
