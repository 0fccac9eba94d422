"""`diag role` and the calls that are really made agree, for each command."""

from __future__ import annotations

from io import StringIO

import pytest
from ruamel.yaml import YAML

from diag.checks.catalogue import CHECKS
from diag.methods import METHODS
from diag.plan import with_needs
from diag.plan.permissions import Permissions, permissions
from diag.report import Status
from diag.role import role_yaml
from diag.select import PRODUCTS, Selection
from tests.fake import Fake, Fault
from tests.wire.runs import RESTORED, live


def needed(command: str) -> Permissions:
    chosen = Selection(command).ids(CHECKS)
    return permissions(with_needs(frozenset().union(*(CHECKS[id].reads for id in chosen))))


@pytest.mark.parametrize("command", PRODUCTS)
def test_with_exactly_the_permissions_of_the_role_nothing_is_unknown(command: str) -> None:
    held = set(needed(command).project)
    refused = {key: Fault.DENIED for key, method in METHODS.items() if method.permission not in held | {""}}
    with Fake(RESTORED, faults=refused) as fake:
        report = live(fake, RESTORED, command).report
    assert [finding for finding in report.findings if finding.status is Status.UNKNOWN] == []


def test_a_part_needs_less_than_the_whole() -> None:
    whole = set(needed("check").project)
    for command in ("vpc", "sql", "lb", "run"):
        assert set(needed(command).project) < whole


def test_it_is_yaml_that_gcloud_takes() -> None:
    role = YAML(typ="safe").load(StringIO(role_yaml(needed("vpc"), "diag vpc")))
    assert role["stage"] == "GA"
    assert "compute.networks.list" in role["includedPermissions"]
    assert not [name for name in role["includedPermissions"] if not name.rpartition(".")[2].startswith(("get", "list"))]


def test_every_method_changes_nothing() -> None:
    """Get, list, aggregatedList and getIamPolicy, and the question what the account may do; nothing else."""
    allowed = (
        "get",
        "list",
        "aggregatedList",
        "getIamPolicy",
        "testIamPermissions",
        "getHealth",
        "getEffectiveFirewalls",
    )
    assert {method.key.rpartition(".")[2] for method in METHODS.values()} <= set(allowed)
    words = ("get_", "list_", "list", "get", "aggregated_list", "test_iam_permissions")
    for method in METHODS.values():
        function = method.client.rpartition(".")[2]
        assert not function or function.startswith(words), method.key
