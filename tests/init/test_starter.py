"""`diag init`: the file loads, passes on the estate it came from, and hides neither gaps nor doubts."""

from __future__ import annotations

from pathlib import Path

import pytest

from diag.bundle.read import BundleSource, Recorded, read
from diag.calls import METHODS, Answer
from diag.checks.catalogue import CHECKS
from diag.collect import replay
from diag.evaluate import evaluate
from diag.facts.world import World
from diag.init import READS, starter, surveyed
from diag.init.fitting import fitting
from diag.plan import Plan
from diag.render.starter import Line, Note
from diag.report import Finding, Status
from diag.requirements.kinds import BOOLEAN
from diag.requirements.load import load, without_file
from diag.requirements.model import Requirements
from diag.requirements.shape import Keys, leaf
from diag.snapshot import Snapshot
from fixtures import ids
from fixtures.estate import EVERYTHING, Estate
from fixtures.healthy import healthy

FIXTURES = Path(__file__).parents[2] / "fixtures"
BACKEND = "netra-backend-staging"
CONNECTOR = "projects/netra-staging/locations/us-central1/connectors/staging-connector"


def world_of(estate: Estate) -> World:
    answers = estate.answers(surveyed(estate.project, estate.region), READS)
    return World(Snapshot(estate.project, estate.region, estate.taken_at, answers))


def judged(estate: Estate, declared: Requirements) -> list[Finding]:
    """What every check says of that estate, read as the file asks."""
    answers = estate.answers(declared)
    world = World(Snapshot(estate.project, estate.region, estate.taken_at, answers))
    return list(evaluate(list(CHECKS.values()), world, declared))


def written(estate: Estate) -> str:
    return starter(world_of(estate), estate.project, estate.region)


def loaded(text: str, folder: Path) -> Requirements:
    path = folder / "diag.yaml"
    path.write_text(text, encoding="utf-8")
    return load([path])


@pytest.fixture
def estate() -> Estate:
    return healthy()


def test_it_passes_on_the_estate_it_came_from(estate: Estate, tmp_path: Path) -> None:
    declared = loaded(written(estate), tmp_path)
    findings = judged(estate, declared)
    bad = [f"{finding.check} {finding.resource}" for finding in findings if finding.status is Status.FAIL]
    unseen = [f"{finding.check} {finding.reason}" for finding in findings if finding.status is Status.UNKNOWN]
    assert (bad, unseen) == ([], [])


def test_it_declares_what_is_there(estate: Estate, tmp_path: Path) -> None:
    declared = loaded(written(estate), tmp_path)
    backend = declared.services[BACKEND]
    assert (backend.request_timeout, backend.cpu, backend.memory) == (600, 4, 6 * 2**30)
    assert backend.secrets["DATABASE_URL"] == "database-url"
    assert backend.egress
    assert backend.egress.connector == "staging-connector"
    assert declared.sql_instances["staging-shared-postgres"].ssl == "encrypted-only"
    routes = declared.load_balancers["staging-urls"].domains["staging.netrasystems.ai"].routes
    assert routes["/auth/*"] == "netra-auth-service"
    assert routes["/*"] == "netra-frontend-staging"


def test_it_declares_roles_and_secrets_by_reference(estate: Estate, tmp_path: Path) -> None:
    declared = loaded(written(estate), tmp_path)
    assert declared.services[BACKEND].roles == ("roles/cloudsql.client", "roles/secretmanager.secretAccessor")
    assert declared.services["netra-frontend-staging"].roles == ()
    secrets = ["database-url", "jwt-secret-staging", "postgres-password-staging", "redis-url"]
    assert list(declared.sections["secrets"]) == secrets


def test_a_secret_of_a_volume_and_one_of_another_project_are_declared(estate: Estate, tmp_path: Path) -> None:
    elsewhere = "projects/netra-shared/secrets/license-key"
    variables(estate, BACKEND).append({"name": "LICENSE", "valueSource": {"secretKeyRef": {"secret": elsewhere}}})
    own = f"projects/{ids.NUMBER}/secrets/tls-key"
    revision = next(doc for doc in estate.resources["run.revisions"].values() if f"/{BACKEND}/" in str(doc["name"]))
    revision["volumes"].append({"name": "tls", "secret": {"secret": own, "items": [{"path": "key"}]}})
    declared = loaded(written(estate), tmp_path)
    assert {elsewhere, "tls-key"} <= set(declared.sections["secrets"])
    assert declared.services[BACKEND].secrets["LICENSE"] == elsewhere


def test_a_role_on_a_condition_is_a_question(estate: Estate, tmp_path: Path) -> None:
    policy = estate.resource("cloudresourcemanager.projects.getIamPolicy", estate.project)
    account = f"serviceAccount:{ids.account('backend')}"
    condition = {"title": "until spring", "expression": "request.time < timestamp('2026-03-01T00:00:00Z')"}
    policy["bindings"].append({"role": "roles/pubsub.publisher", "members": [account], "condition": condition})
    text = written(estate)
    assert "# roles: roles/pubsub.publisher on a condition (until spring); check:" in text
    assert "roles/pubsub.publisher" not in loaded(text, tmp_path).services[BACKEND].roles


def test_alerts_that_are_there_are_a_question(estate: Estate, tmp_path: Path) -> None:
    text = written(estate)
    [line] = [line for line in text.splitlines() if line.startswith("# alerts: ")]
    assert "{metric: connector-utilization, above: 70%}" in line
    uncommented = text.replace(line, line.removeprefix("# "))
    assert len(loaded(uncommented, tmp_path).sections["alerts"]) == line.count("metric:")


def failures(recorded: Recorded, declared: Requirements) -> set[tuple[str, str]]:
    """What fails of a recorded run: check and resource."""
    answers = replay(Plan.of(declared, EVERYTHING, recorded.taken_at), BundleSource(recorded))
    world = World(Snapshot(recorded.project, recorded.region, recorded.taken_at, answers))
    found = evaluate(list(CHECKS.values()), world, declared)
    return {(one.check, one.resource) for one in found if one.status is Status.FAIL}


@pytest.mark.parametrize(
    ("name", "added"), [("staging-incident", {"run.ingress-open", "run.errors-high"}), ("staging-restored", set())]
)
def test_of_a_recorded_run_it_adds_no_failure_but_what_the_run_has(name: str, added: set[str], tmp_path: Path) -> None:
    """Open ingress beside a load balancer is marked in the file, and no line of it asks for few errors."""
    recorded = read(FIXTURES / name)
    asked = surveyed(recorded.project, "us-central1")
    answers = replay(Plan.of(asked, READS, recorded.taken_at), BundleSource(recorded))
    world = World(Snapshot(recorded.project, "us-central1", recorded.taken_at, answers))
    declared = loaded(starter(world, recorded.project, "us-central1"), tmp_path)
    more = failures(recorded, declared) - failures(recorded, without_file(recorded.project, "us-central1"))
    assert {check for check, _ in more} == added


def test_its_first_line_tells_editors_where_the_schema_is(estate: Estate) -> None:
    first, second, *_ = written(estate).splitlines()
    assert first == "# yaml-language-server: $schema=diag.schema.json"
    assert "diag schema > diag.schema.json" in second


@pytest.mark.parametrize("key", [key for key, method in METHODS.items() if method.topic in READS])
def test_what_was_denied_stands_as_a_comment(key: str, estate: Estate, tmp_path: Path) -> None:
    if key.endswith(".get") and key != "run.revisions.get":
        pytest.skip("only asked for when a list is not whole")
    estate.gap(key, "denied", f"{key} was refused")
    text = written(estate)
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert any(f"{key} was refused" in line for line in comments)
    loaded(text, tmp_path)


def test_a_partial_list_is_declared_and_its_gap_is_said(estate: Estate, tmp_path: Path) -> None:
    estate.partial("run.services.list", "us-east1 could not be reached")
    text = written(estate)
    assert "us-east1 could not be reached" in text
    assert BACKEND in loaded(text, tmp_path).services


def test_a_value_never_seen_before_is_a_comment(estate: Estate, tmp_path: Path) -> None:
    estate.resource("run.services", BACKEND)["ingress"] = "INGRESS_TRAFFIC_MARTIAN"
    text = written(estate)
    assert "# ingress: not seen:" in text
    assert loaded(text, tmp_path).services[BACKEND].ingress is None


def variables(estate: Estate, service: str) -> list[dict[str, object]]:
    """The variables of the revisions of a service, to be changed."""
    revisions = [doc for doc in estate.resources["run.revisions"].values() if f"/{service}/" in str(doc["name"])]
    found: list[dict[str, object]] = revisions[0]["containers"][0]["env"]
    return found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "correct-horse"),
        ("SENTRY_URL", "https://0123456789abcdef@o1.ingest.example.com/1"),
        ("GREETING", "a sentence that nobody wants in a repository"),
        ("API_BASE", "sk-synthetic0123456789abcdefgh"),
    ],
)
@pytest.mark.parametrize("redacted", [True, False])
def test_a_value_that_may_be_secret_is_declared_by_name_only(
    redacted: bool, name: str, value: str, estate: Estate, tmp_path: Path
) -> None:
    answers = estate.answers()
    if redacted:
        variables(estate, BACKEND).append({"name": name, "value": value})
        answers = estate.answers()
    else:
        [revision] = [one for call, one in answers.items() if f"{BACKEND}/revisions" in call.target]
        assert isinstance(revision, Answer)
        revision.doc["containers"][0]["env"].append({"name": name, "value": value})
    world = World(Snapshot(estate.project, estate.region, estate.taken_at, answers))
    text = starter(world, estate.project, estate.region)
    assert value not in text
    assert name in loaded(text, tmp_path).services[BACKEND].env_present


@pytest.mark.parametrize("name", ["FEATURES", "A_KEY"], ids=["plain", "redacted"])
def test_an_empty_variable_is_a_question(name: str, estate: Estate, tmp_path: Path) -> None:
    variables(estate, BACKEND).append({"name": name, "value": ""})
    text = written(estate)
    assert f"# env_present: {name}  # check: empty now" in text
    assert name not in loaded(text, tmp_path).services[BACKEND].env_present


def test_what_this_version_does_not_judge_is_a_comment() -> None:
    unjudged = Keys(doc="", keys={"backups": leaf(BOOLEAN, "", "sql.no-such-check")})
    [item] = fitting([Line("backups", True)], unjudged)
    assert item == Note("backups: true  # not judged by this version yet")


def test_a_connector_that_is_gone_is_declared_with_a_mark(estate: Estate, tmp_path: Path) -> None:
    estate.remove("vpcaccess.connectors", "staging-connector")
    text = written(estate)
    assert "# check: a service names it, and it does not exist" in text
    assert "staging-connector" in loaded(text, tmp_path).connectors


def test_open_doors_are_marked(estate: Estate, tmp_path: Path) -> None:
    estate.resource("run.services", BACKEND)["ingress"] = "INGRESS_TRAFFIC_ALL"
    addresses = estate.resource("sql.instances", "staging-shared-postgres")["settings"]["ipConfiguration"]
    addresses["authorizedNetworks"] = [{"value": "0.0.0.0/0", "name": "all"}]
    text = written(estate)
    assert "ingress: all  # check:" in text
    assert "public_access: true  # check: 0.0.0.0/0 may connect" in text
    loaded(text, tmp_path)


def test_max_instances_without_a_bound_is_a_question(estate: Estate, tmp_path: Path) -> None:
    for doc in (*estate.resources["run.revisions"].values(), *estate.resources["run.services"].values()):
        doc.get("scaling", {}).pop("maxInstanceCount", None)
        doc.get("template", {}).get("scaling", {}).pop("maxInstanceCount", None)
    text = written(estate)
    assert "# max_instances: not set" in text
    assert loaded(text, tmp_path).services[BACKEND].max_instances is None


def test_a_path_that_redirects_keeps_the_rest_undeclared(estate: Estate, tmp_path: Path) -> None:
    rules = estate.resource("compute.urlMaps", "staging-urls")["pathMatchers"][0]["pathRules"]
    rules.append({"paths": ["/old/*"], "urlRedirect": {"pathRedirect": "/", "stripQuery": False}})
    text = written(estate)
    declared = loaded(text, tmp_path).load_balancers["staging-urls"].domains
    assert "# /old/*: redirects" in text
    assert any("/*" not in domain.routes for domain in declared.values())
    assert "but for the paths that go elsewhere" in text


def test_what_diag_yaml_cannot_hold_is_a_comment(estate: Estate, tmp_path: Path) -> None:
    variables(estate, BACKEND).append({"name": "IS ODD", "value": "x"})
    text = written(estate)
    assert "# IS ODD cannot be declared" in text
    loaded(text, tmp_path)


def test_a_value_that_diag_yaml_refuses_is_a_comment(estate: Estate, tmp_path: Path) -> None:
    for doc in estate.resources["run.revisions"].values():
        doc["serviceAccount"] = "not-an-account"
    text = written(estate)
    assert "# service_account cannot be declared" in text
    assert loaded(text, tmp_path).services[BACKEND].service_account is None


def test_nothing_at_all_is_said(tmp_path: Path) -> None:
    empty = World(Snapshot("netra-staging", "us-central1", "2025-09-14T09:00:00Z", {}))
    text = starter(empty, "netra-staging", "us-central1")
    for section in ("services", "connectors", "sql_instances", "load_balancers"):
        assert f"# {section}: nothing to declare was seen" in text
    assert text.count("was not collected in this run") == 5
    loaded(text, tmp_path)
