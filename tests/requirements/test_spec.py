"""The specification against the catalogue and the model: no leaf without a reader, no id that nobody knows."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import pytest

import diag.requirements
from diag.requirements import model
from diag.requirements.catalogue import CHECK_IDS
from diag.requirements.resources import (
    CERTIFICATES,
    CONNECTOR,
    DATABASE_POOL,
    DESTINATION,
    DOMAIN,
    EGRESS,
    HEALTH_CHECK,
    LOAD_BALANCER,
    REDIS_INSTANCE,
    SERVICE,
    SQL_INSTANCE,
)
from diag.requirements.shape import Keys, walk
from diag.requirements.spec import FILE

LEAVES = [(path, judged_by, used_by) for path, _, judged_by, used_by in walk(FILE)]


@pytest.mark.parametrize(("path", "judged_by", "used_by"), LEAVES, ids=[path for path, _, _ in LEAVES])
def test_every_leaf_is_judged_by_a_check_of_the_catalogue_or_used_by_a_command(
    path: str, judged_by: tuple[str, ...], used_by: tuple[str, ...]
) -> None:
    assert judged_by or used_by, f"nobody reads {path}"
    assert not (judged_by and used_by), f"{path} is both a requirement and a setting"
    assert set(judged_by) <= {*CHECK_IDS, "own.*"}


def test_the_catalogue_names_each_check_once() -> None:
    assert len(CHECK_IDS) == len(set(CHECK_IDS)) > 100


@pytest.mark.parametrize(
    ("shape", "section"),
    [
        (SERVICE, model.Service),
        (EGRESS, model.Egress),
        (DESTINATION, model.Destination),
        (DATABASE_POOL, model.DatabasePool),
        (CONNECTOR, model.Connector),
        (SQL_INSTANCE, model.SqlInstance),
        (REDIS_INSTANCE, model.RedisInstance),
        (LOAD_BALANCER, model.LoadBalancer),
        (DOMAIN, model.Domain),
        (CERTIFICATES, model.Certificates),
        (HEALTH_CHECK, model.HealthCheck),
    ],
)
def test_the_model_has_a_field_for_each_key_and_no_other(shape: Keys, section: type[model.Section]) -> None:
    fields = {field.name for field in dataclasses.fields(section)} - {"places", "name"}
    assert set(shape.keys) == fields


def test_nothing_heavy_is_imported_with_the_package() -> None:
    """The YAML parser and difflib cost more than the rest together: only a function that needs them imports them."""
    folder = Path(diag.requirements.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.parse(path.read_text()).body:
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {str(name).partition(".")[0] for name in names} & {"ruamel", "difflib", "urllib", "google"}
