"""Loading: the contract's example in the model's units, places, overlays, several files, finding the file."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from diag.errors import RequirementsError
from diag.report import Place
from diag.requirements.kinds import Bound
from diag.requirements.load import find_file, load, without_file
from diag.requirements.model import Destination, Requirements
from tests.requirements.conftest import EXAMPLE, HEAD, Faults

Write = Callable[..., Path]


@pytest.fixture(scope="module")
def example() -> Requirements:
    """The contract's example, as it stands."""
    return load([EXAMPLE])


def test_the_example_loads_in_the_units_of_the_model(example: Requirements) -> None:
    service = example.services["netra-backend-staging"]
    assert (service.project, service.region, service.critical) == ("netra-staging", "us-central1", True)
    assert (service.request_timeout, service.cpu, service.memory) == (600.0, 4.0, 6 * 1024**3)
    assert service.reaches == (
        Destination(sql="staging-shared-postgres", via="socket"),
        Destination(redis="staging-redis"),
        Destination(internet=("api.openai.com:443", "xedvrr4c3r.us-central1.gcp.clickhouse.cloud:8443")),
    )
    assert service.database_pool is not None
    assert service.database_pool.per_instance == 25
    instance = example.sql_instances["staging-shared-postgres"]
    assert instance.flags == {"log_min_duration_statement": "1000"}
    assert instance.connections is not None
    assert (instance.connections.warn, instance.connections.fail) == (0.8, 0.95)
    balancer = example.load_balancers["staging"]
    assert balancer.domains["staging.netrasystems.ai"].routes["/auth/*"] == "netra-auth-service"
    assert balancer.certificates is not None
    assert balancer.certificates.expires_in is not None
    assert balancer.certificates.expires_in.warn == 30 * 86400
    assert example.waivers[0].expires == date(2026, 12, 31)
    begin, end = datetime(2026, 12, 1, 2, tzinfo=UTC), datetime(2026, 12, 1, 3, tzinfo=UTC)
    assert example.maintenance == ((begin, end, "upgrade"),)


def test_the_sections_of_other_commands_are_plain_data(example: Requirements) -> None:
    probes = example.sections["probes"]
    assert probes["infrastructure"]["expect"] == {
        "status": 200,
        "json": {"status": "healthy", "vpc_connectivity.overall": True},
    }
    assert example.sections["alerts"][0] == {"metric": "connector-utilization", "above": Bound(0.7, "ratio")}
    assert example.sections["validation"]["pass_rate"] == 0.8
    assert example.sections["incident"]["update_every"] == 7200.0


def test_every_section_knows_the_place_of_each_of_its_keys(example: Requirements) -> None:
    lines = EXAMPLE.read_text().splitlines()

    def written(place: Place | None) -> str:
        assert place is not None
        assert place.file == str(EXAMPLE)
        return lines[place.line - 1][place.column - 1 :]

    service = example.services["netra-backend-staging"]
    connector = example.connectors["staging-connector"]
    assert written(service.at()).startswith("netra-backend-staging:")
    assert written(service.at("cpu")).startswith("cpu: 4")
    assert written(service.at("egress.mode")).startswith("mode: all-traffic")
    assert written(service.at("secrets.DATABASE_URL")).startswith("DATABASE_URL: database-url")
    assert written(service.reaches[1].at("redis")).startswith("redis: staging-redis")
    assert written(service.reaches[1].at()).startswith("redis: staging-redis")
    assert connector.utilization is not None
    assert written(connector.utilization.at("fail")).startswith("fail: 90%")
    assert written(connector.at("subnet")).startswith("staging-connector:"), "not written: the section's own place"
    domain = example.load_balancers["staging"].domains["staging.netrasystems.ai"]
    assert written(domain.at("routes./health")).startswith("/health: netra-backend-staging")
    assert written(example.at("probes.cache.redis")).startswith("redis: ")


def test_each_declared_line_names_the_checks_that_judge_it_and_its_resource(example: Requirements) -> None:
    lines = {line.path: line for line in example.lines}
    base = "services.netra-backend-staging"
    assert lines[base].judged_by == ("run.service-missing", "run.not-ready")
    assert lines[f"{base}.reaches.0"].judged_by == (
        "sql.socket-not-attached",
        "sql.socket-needs-public-ip",
        "vpc.unreachable",
    )
    assert lines[f"{base}.reaches.1"].judged_by == ("vpc.unreachable", "redis.instance-missing")
    assert lines[f"{base}.roles"].judged_by == ("run.role-missing",)
    assert lines["connectors.staging-connector.utilization.warn"].resource == "staging-connector"
    assert lines["load_balancers.staging.minimum_tls"].resource == "staging"
    assert lines["secrets"].resource == "netra-staging"
    assert lines["rules.0"].judged_by == ("own.min-instances-backend",)
    assert lines["probes.cache.redis"].judged_by == ()
    assert [line.place.line for line in example.lines] == sorted(line.place.line for line in example.lines)


def test_an_empty_named_resource_is_still_a_declared_line(write: Write) -> None:
    requirements = load([write(HEAD + "redis_instances: {cache: {}}\n")])
    [line] = [line for line in requirements.lines if line.resource == "cache"]
    assert line.judged_by == ("redis.instance-missing", "redis.not-ready")


def test_a_resource_may_lie_elsewhere_and_the_command_line_overrides_the_file(write: Write) -> None:
    path = write(HEAD + "region: us-central1\nservices:\n  a: {}\n  b: {project: other-project, region: us-east4}\n")
    requirements = load([path], project="third-project", region="europe-west1")
    assert requirements.project == "third-project"
    assert requirements.region == "europe-west1"
    placed = {name: (service.project, service.region) for name, service in requirements.services.items()}
    assert placed == {"a": ("third-project", "europe-west1"), "b": ("other-project", "us-east4")}


def test_values_are_read_in_every_spelling(write: Write) -> None:
    text = HEAD + (
        "services:\n"
        '  a: {cpu: 500m, memory: 512Mi, env: {PORT: 8080, ON: true, NO: NO, EMPTY: ""}}\n'
        '  b: {cpu: "4", memory: 2G, request_timeout: 10m, startup_window: 1h, traffic: {b-1: 90, b-2: 10}}\n'
        "  c: {cpu: 0.5, request_timeout: 1.5m}\n"
    )
    services = load([write(text)]).services
    assert (services["a"].cpu, services["b"].cpu, services["c"].cpu) == (0.5, 4.0, 0.5)
    assert (services["a"].memory, services["b"].memory) == (512 * 1024**2, 2 * 1000**3)
    assert services["a"].env == {"PORT": "8080", "ON": "true", "NO": "NO", "EMPTY": ""}
    assert (services["b"].request_timeout, services["b"].startup_window) == (600.0, 3600.0)
    assert services["c"].request_timeout == 90.0
    assert services["b"].traffic == {"b-1": 90, "b-2": 10}


def test_a_later_file_overrides_and_each_key_keeps_the_file_it_came_from(write: Write) -> None:
    base = write(HEAD + "services:\n  web: {cpu: 1, memory: 1Gi, env_present: [A, B]}\n", "base.yaml")
    over = write("services:\n  web:\n    cpu: 2\n    env_present: [C]\n", "over.yaml")
    service = load([base, over]).services["web"]
    assert (service.cpu, service.memory, service.env_present) == (2.0, 1024**3, ("C",))
    assert service.at("cpu") == Place("over.yaml", 3, 5)
    assert service.at("memory") == Place("base.yaml", 4, 17)


def test_an_overlay_is_merged_over_the_file(write: Write) -> None:
    path = write(
        HEAD + "environments:\n  production: {project: netra-production, services: {web: {min_instances: 3}}}\n"
        "services: {web: {cpu: 1, min_instances: 1}}\n"
    )
    plain, production = load([path]), load([path], environment="production")
    assert (plain.project, plain.services["web"].min_instances) == ("netra-staging", 1)
    assert (production.project, production.environment) == ("netra-production", "production")
    service = production.services["web"]
    assert (service.project, service.cpu, service.min_instances) == ("netra-production", 1.0, 3)
    assert service.at("min_instances") == Place("diag.yaml", 4, 60)
    assert not any("environments" in line.path for line in production.lines)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            HEAD + "environments: {production: {}, qa: {}}\n",
            'diag.yaml:3:1: there is no environment "prodution"; did you mean "production"? '
            "write --env production or --env qa",
        ),
        (HEAD, 'diag.yaml:1:1: there is no environment "prodution"; declare it under `environments:`'),
    ],
)
def test_an_unknown_environment_is_a_fault(faults: Faults, text: str, line: str) -> None:
    assert faults(text, environment="prodution") == [line]


@pytest.mark.parametrize("environment", [None, "production"])
def test_a_fault_in_an_overlay_is_told_once_whether_or_not_it_is_chosen(
    faults: Faults, environment: str | None
) -> None:
    [line] = faults(HEAD + "environments: {production: {services: {web: {cpu: many}}}}\n", environment)
    assert line == (
        'diag.yaml:3:51: environments.production.services.web.cpu: "many" is not a number of CPUs; write 4, 0.5 or 500m'
    )


def test_what_only_the_overlay_breaks_is_found_when_it_is_chosen(faults: Faults) -> None:
    text = HEAD + (
        "connectors: {main: {}}\nservices: {web: {egress: {connector: main}}}\n"
        "environments: {production: {services: {web: {egress: {connector: mian}}}}}\n"
    )
    assert faults(text) == []
    [line] = faults(text, "production")
    assert line.startswith('diag.yaml:5:55: services.web.egress.connector: "mian" is not declared in connectors')


def test_all_faults_of_all_files_come_in_the_order_of_the_files(write: Write) -> None:
    first = write("version: 1\nproject: netra-staging\nregion: here\nservices: {web: {cpu: many}}\n", "first.yaml")
    second = write("region: there\nconnectors: []\n", "second.yaml")
    with pytest.raises(RequirementsError) as found:
        load([second, first])
    assert [line.partition(": ")[0] for line in found.value.lines] == [
        "second.yaml:1:9",
        "second.yaml:2:13",
        "first.yaml:3:9",
        "first.yaml:4:23",
    ]


def test_the_file_is_found_here_and_in_the_parents(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "diag.yaml").write_text(HEAD)
    with contextlib.chdir(below):
        assert find_file(Path()) == tmp_path.resolve() / "diag.yaml"
        Path("diag.yaml").write_text(HEAD)
        assert str(find_file(Path())) == "diag.yaml"
        Path("diag.yaml").unlink()
        (tmp_path / "diag.yaml").unlink()
        (tmp_path / "diag.yaml").mkdir()  # a folder of that name is not the file
        found = find_file(Path())
    assert found is None or tmp_path.resolve() not in found.parents


def test_without_a_file_nothing_is_declared() -> None:
    requirements = without_file("netra-staging", None)
    assert (requirements.project, requirements.region, requirements.lines) == ("netra-staging", None, ())
    assert list(requirements.resources()) == []
