"""What a command imports: nothing that it does not use. Times are measured by `python -m tests.bench`, not here."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE = str(ROOT / "fixtures" / "staging-incident")
REQUIREMENTS = str(ROOT / "fixtures" / "staging-incident" / "diag.yaml")
PROGRAM = "import sys; from diag.cli.main import run; code = run(); print(code, *sys.modules, file=sys.stderr)"


def imported_by(*args: str) -> set[str]:
    """The modules that are there when `diag ARGS` has ended, each with the packages that it is in."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True, check=True)
    code, *modules = done.stderr.splitlines()[-1].split()
    assert code in ("0", "1"), done.stderr
    assert done.stdout
    return set(modules)


def packages(modules: set[str]) -> set[str]:
    """The top packages of the modules."""
    return {module.partition(".")[0] for module in modules}


COMMANDS = (
    ("--help",),
    ("--version",),
    ("checks",),
    ("checks", "--format", "json"),
    ("explain", "vpc.nat-missing"),
    ("schema",),
    ("schema", "--report"),
    ("check", "--help"),
    ("check", "--from", BUNDLE, "-r", REQUIREMENTS),
)
IDS = [" ".join(words[:2]).replace(BUNDLE, "") for words in COMMANDS]


@pytest.mark.parametrize("words", COMMANDS, ids=IDS)
def test_without_the_network_no_client_library_is_imported(words: tuple[str, ...]) -> None:
    found = packages(imported_by(*words))
    assert found.isdisjoint({"google", "grpc", "proto", "requests", "urllib3"})


@pytest.mark.parametrize("words", COMMANDS, ids=IDS)
def test_only_what_asks_the_history_imports_a_database(words: tuple[str, ...]) -> None:
    assert packages(imported_by(*words)).isdisjoint({"sqlalchemy", "alembic", "psycopg", "sqlite3"})


@pytest.mark.parametrize("words", COMMANDS, ids=IDS)
def test_the_command_line_is_read_without_pydantic_and_rich(words: tuple[str, ...]) -> None:
    assert packages(imported_by(*words)).isdisjoint({"pydantic", "rich"})


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("checks",), ("explain", "vpc.nat-missing")])
def test_the_catalogue_is_shown_without_importing_a_check(words: tuple[str, ...]) -> None:
    found = imported_by(*words)
    assert not [name for name in found if name.startswith(("diag.checks", "diag.facts", "ruamel"))]


def test_the_live_source_waits_for_a_command_that_asks_for_it() -> None:
    found = imported_by("check", "--from", BUNDLE, "-r", REQUIREMENTS)
    assert "diag.cloud.live" not in found


def test_a_probe_without_a_secret_imports_no_client_library(tmp_path: Path) -> None:
    """One with `password_secret` does, when it is chosen."""
    probes = (
        "{name: {dns: localhost}, cache: {redis: '127.0.0.1:1', password_env: P}, "
        "secret: {redis: 'localhost:1', password_secret: s}}"
    )
    path = tmp_path / "diag.yaml"
    path.write_text(f"version: 1\nproject: netra-staging\nregion: us-central1\nprobes: {probes}\n")
    found = imported_by("probe", "-r", str(path), "name", "cache")
    assert packages(found).isdisjoint({"google", "grpc", "proto", "requests", "urllib3"})
    assert "diag.cloud.passwords" not in found


@pytest.mark.parametrize("path", sorted((ROOT / "diag").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_frozen_values_are_the_ones_that_cost_nothing_to_declare(path: Path) -> None:
    """The standard library's frozen dataclass takes 0.4 ms a class, at every start of diag."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    standard = any(
        isinstance(node, ast.ImportFrom) and node.module == "dataclasses" and _names(node) for node in tree.body
    )
    frozen = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _is_frozen(node)]
    assert not (standard and frozen), f"write in {path.name}: from diag.values import dataclass"


def _names(node: ast.ImportFrom) -> bool:
    return any(name.name == "dataclass" for name in node.names)


def _is_frozen(node: ast.ClassDef) -> bool:
    return any("dataclass(frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
