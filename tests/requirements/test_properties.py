"""Properties: no text makes the loader fail otherwise than by faults, and each fault lies in the file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.errors import RequirementsError
from diag.requirements.document import lines_of, read_document
from diag.requirements.load import load
from diag.requirements.shape import Keys, Many, Named, Overlays, Shape
from diag.requirements.spec import FILE
from tests.requirements.conftest import EXAMPLE, HEAD
from tests.requirements.test_schema import plain

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LINE = re.compile(r"^(?P<file>.+?):(?P<line>[0-9]+):(?P<column>[0-9]+): .+; .+", re.DOTALL)

PIECES = st.sampled_from(
    (
        *("version: 1\n", "project: netra-staging\n", "services:\n", "  web:\n", "    cpu: ", "a", "~", "0", "1e999"),
        *("- ", "? ", ": ", "{", "}", "[", "]", ",", "&a ", "*a", "<<: ", "!!str ", "'", '"', "\\", "|\n", ">\n", "#"),
        *("%YAML 1.1\n", "---\n", "...\n", "\n", "\r", "\t", " ", "é", "\u2028", "\ufeff", "\x85"),
    )
)
TEXTS = st.one_of(
    st.text(max_size=80),
    st.lists(PIECES, max_size=25).map("".join),
    st.lists(PIECES, max_size=12).map(lambda pieces: HEAD + "".join(pieces)),
)


def faults_of(content: bytes, folder: Path) -> list[str]:
    """The faults of a file with this content; any other exception fails the test."""
    path = folder / "diag.yaml"
    path.write_bytes(content)
    try:
        load([path])
    except RequirementsError as error:
        return list(error.lines) or ["an error without a fault"]
    return []


def assert_in_the_file(line: str, content: bytes, folder: Path) -> re.Match[str]:
    """The fault has the form of the contract, and its place is one of the file's."""
    found = LINE.match(line)
    assert found is not None, line
    assert found["file"] == str(folder / "diag.yaml")
    lines = lines_of(content.decode("utf-8-sig", errors="replace"))
    assert 1 <= int(found["line"]) <= len(lines), line
    assert 1 <= int(found["column"]) <= len(lines[int(found["line"]) - 1]) + 1, line
    return found


@QUIET
@given(text=TEXTS)
def test_any_text_gives_requirements_or_faults_with_their_places(tmp_path: Path, text: str) -> None:
    content = text.encode("utf-8", errors="surrogatepass")
    for line in faults_of(content, tmp_path):
        assert_in_the_file(line, content, tmp_path)


@QUIET
@given(content=st.binary(max_size=60))
def test_any_bytes_give_requirements_or_faults_with_their_places(tmp_path: Path, content: bytes) -> None:
    for line in faults_of(content, tmp_path):
        assert_in_the_file(line, content, tmp_path)


def fixed_keys(data: Any, shape: Shape, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all keys in `data` that the specification, not the user, names."""
    match shape:
        case Keys():
            below = [found for key, value in data.items() for found in fixed_keys(value, shape.keys[key], (*path, key))]
            return [(*path, key) for key in data] + below
        case Named() | Overlays():
            inner = shape.value if isinstance(shape, Named) else shape.overlay
            return [found for name, value in data.items() for found in fixed_keys(value, inner, (*path, name))]
        case Many():
            return [found for i, value in enumerate(data) for found in fixed_keys(value, shape.item, (*path, i))]
    return []


def example() -> Any:
    """The contract's example as plain data."""
    root = read_document(EXAMPLE).root
    assert root is not None
    return plain(root)


@pytest.mark.parametrize("path", fixed_keys(example(), FILE), ids=lambda path: ".".join(map(str, path)))
def test_a_misspelt_key_anywhere_is_found_where_it_stands(tmp_path: Path, path: tuple[str | int, ...]) -> None:
    data = example()
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[f"{path[-1]}_zz"] = inner.pop(path[-1])
    content = json.dumps(data, indent=1).encode()
    places = [assert_in_the_file(line, content, tmp_path) for line in faults_of(content, tmp_path)]
    [told] = [place for place in places if f'"{path[-1]}_zz" is not a key here' in place.string]
    assert f'"{path[-1]}_zz"' in content.decode().splitlines()[int(told["line"]) - 1]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner))


@QUIET
@given(path=st.sampled_from(fixed_keys(example(), FILE)), value=VALUES)
def test_any_value_anywhere_gives_requirements_or_faults_with_their_places(
    tmp_path: Path, path: tuple[str | int, ...], value: Any
) -> None:
    data = example()
    inner = data
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    content = json.dumps(data, indent=1).encode()
    for line in faults_of(content, tmp_path):
        assert_in_the_file(line, content, tmp_path)
