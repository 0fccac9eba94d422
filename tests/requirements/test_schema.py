"""The JSON Schema: valid itself, accepts the contract's example, and refuses what the loader refuses by shape."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from diag.requirements.document import Listing, Node, Table, read_document
from diag.requirements.schema import json_schema
from tests.requirements.conftest import EXAMPLE


def plain(node: Node) -> Any:
    """The data of a tree as an editor sees it."""
    match node:
        case Table():
            return {key: plain(entry.value) for key, entry in node.entries.items()}
        case Listing():
            return [plain(item) for item in node.items]
    return node.value


@pytest.fixture(scope="module")
def example() -> Any:
    """The contract's example as plain data."""
    root = read_document(EXAMPLE).root
    assert root is not None
    return plain(root)


def errors(document: Any) -> list[str]:
    """The paths of what the schema refuses."""
    found = Draft202012Validator(json_schema()).iter_errors(document)
    return [".".join(str(part) for part in error.absolute_path) for error in found]


def test_the_schema_is_a_schema_of_its_draft() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_example_validates(example: Any) -> None:
    assert errors(example) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("project", "Nope"),
        ("services.netra-backend-staging.cpu", "many"),
        ("services.netra-backend-staging.memory", 6),
        ("services.netra-backend-staging.ingress", "everyone"),
        ("services.netra-backend-staging.roles", []),
        ("services.netra-backend-staging.colour", "red"),
        ("connectors.staging-connector.utilization.warn", "170%"),
        ("load_balancers.staging.minimum_tls", 1.2),
        ("probes.cache.category", 1),
        ("environments.production.secrets", []),
        ("maintenance.0.from", "tomorrow"),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(example: Any, path: str, value: Any) -> None:
    document = copy.deepcopy(example)
    *folders, last = path.split(".")
    inner = document
    for part in folders:
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]
    inner[last] = value
    assert errors(document) != []


def test_exactly_one_target_and_the_required_keys_are_asked_for(example: Any) -> None:
    document = copy.deepcopy(example)
    document["probes"]["cache"]["dns"] = "a.example.com"
    del document["waivers"][0]["owner"]
    assert sorted(errors(document)) == ["probes.cache", "waivers.0"]


def test_an_overlay_needs_no_required_key() -> None:
    overlay = {"services": {"web": {"database_pool": {"size": 5}}}}
    assert errors({"version": 1, "project": "netra-staging", "environments": {"production": overlay}}) == []


def test_every_key_has_a_description() -> None:
    def properties(schema: Any) -> list[Any]:
        below = [schema["additionalProperties"]] if isinstance(schema.get("additionalProperties"), dict) else []
        below += [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
        below += [schema["items"]] if "items" in schema else []
        return [*schema.get("properties", {}).values(), *(found for inner in below for found in properties(inner))]

    found = properties(json_schema())
    assert len(found) > 100
    assert all(entry["description"] for entry in found)
