"""The live source end to end: real clients, both wires, every method of the table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.cloud.vpcaccess_v1.types import Connector, ListConnectorsResponse

from diag.calls import METHODS, Answer, Call, Gap, GapKind, Method, Verb
from diag.cloud.clients import Clients
from diag.cloud.endpoints import endpoints
from diag.cloud.live import LiveSource
from tests.cloud.conftest import Benches
from tests.fake import Fault
from tests.fake.tiny import ANSWERS, PARENT, PROJECT, service

SERVICES = Call.of("run.services.list", parent=PARENT)
NETWORKS = Call.of("compute.networks.list", project=PROJECT)
ROUTERS = Call.of("compute.routers.aggregatedList", project=PROJECT)
BY_KEY = {call.method.key: call for call in ANSWERS}
LISTS = [key for key, method in METHODS.items() if method.verb.lists]


def test_every_method_of_the_table_has_a_recorded_call() -> None:
    assert set(BY_KEY) == set(METHODS)


def test_all_methods_at_once_give_what_was_recorded(bench: Benches) -> None:
    started = bench()
    with ThreadPoolExecutor(16) as pool:
        got = dict(zip(ANSWERS, pool.map(lambda call: started.source.fetch(call, 60), ANSWERS), strict=True))
    assert got == {call: Answer(doc) for call, doc in ANSWERS.items()}
    assert not started.fake.log.duplicates()
    rest = [entry for entry in started.fake.log.entries if entry.wire == "rest"]
    assert {entry.verb for entry in rest if not METHODS[entry.method].post} == {"GET"}


def test_compute_keeps_one_connection_a_worker_whatever_it_lists(bench: Benches) -> None:
    started = bench(latency_s=0.02)
    calls = [call for call in ANSWERS if call.method.api == "compute.googleapis.com"] * 3
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda call: started.source.fetch(call, 60), calls))
    assert started.fake.log.peak_in_flight() > 1
    assert started.fake.log.connections_per_worker("rest", 8) <= 1


@pytest.mark.parametrize("key", LISTS)
def test_pages_are_followed_and_merged(bench: Benches, key: str) -> None:
    started = bench(page_size=1)
    call = BY_KEY[key]
    assert started.source.fetch(call, 30) == Answer(ANSWERS[call])
    paged = key != "sql.tiers.list"
    items = (
        [item for scope in ANSWERS[call].get("items", {}).values() for item in scope.get(METHODS[key].items, [])]
        if (METHODS[key].verb is Verb.AGGREGATED_LIST)
        else ANSWERS[call][METHODS[key].items]
    )
    assert len(started.fake.log.entries) == (len(items) if paged else 1)


def test_a_page_that_fails_leaves_the_ones_before_it_and_a_partial_gap(bench: Benches) -> None:
    connectors = BY_KEY["vpcaccess.connectors.list"]
    got = bench(faults={"vpcaccess.connectors.list": Fault.PARTIAL}).source.fetch(connectors, 30)
    assert isinstance(got, Answer)
    assert got.doc == ANSWERS[connectors]
    assert [gap.kind for gap in got.partial] == [GapKind.PARTIAL]
    assert "a later page is missing" in got.partial[0].message


class Endless(Clients):
    """Gives the same page token for ever."""

    def function(self, method: Method, timeout_s: float) -> Callable[..., Any]:
        page = ListConnectorsResponse(connectors=[Connector(name="c")], next_page_token="again")
        return lambda **request: page


def test_a_page_token_that_repeats_ends_the_list_with_a_partial_gap() -> None:
    got = LiveSource(Endless({}, None)).fetch(BY_KEY["vpcaccess.connectors.list"], 30)
    assert isinstance(got, Answer)
    assert got.doc == {"connectors": [{"name": "c"}, {"name": "c"}]}
    assert "the same page token twice" in got.partial[0].message


@pytest.mark.parametrize("key", [key for key in LISTS if METHODS[key].partial])
def test_what_an_api_left_out_is_a_partial_gap_that_names_the_region(bench: Benches, key: str) -> None:
    got = bench(faults={key: Fault.PARTIAL}).source.fetch(BY_KEY[key], 30)
    assert isinstance(got, Answer)
    assert {gap.kind for gap in got.partial} == {GapKind.PARTIAL}
    assert "us-east1" in got.partial[0].message
    assert set(got.doc) & set(METHODS[key].partial), "a bundle must be able to tell the same"


def test_a_scope_that_could_not_be_reached_is_named(bench: Benches) -> None:
    unreachable = {"warning": {"code": "UNREACHABLE", "message": "try later"}}
    answers = {ROUTERS: {"items": {"regions/us-central1": {"routers": [{"name": "r"}]}, "regions/x": unreachable}}}
    got = bench(answers=answers).source.fetch(ROUTERS, 30)
    assert isinstance(got, Answer)
    assert [gap.message for gap in got.partial] == [
        f"routers.aggregatedList on projects/{PROJECT} is not whole: regions/x: UNREACHABLE try later"
    ]


def test_an_item_without_a_name_is_left_out_and_said_so(bench: Benches) -> None:
    answers = {SERVICES: {"services": [service("api"), {"uid": "nameless"}]}}
    got = bench(answers=answers).source.fetch(SERVICES, 30)
    assert isinstance(got, Answer)
    assert [item["name"] for item in got.doc["services"]] == [f"{PARENT}/services/api"]
    assert "1 of its items have no name" in got.partial[0].message


def test_an_empty_answer_to_a_get_is_malformed_and_an_empty_list_is_empty(bench: Benches) -> None:
    started = bench(faults={"*": Fault.EMPTY})
    got = started.source.fetch(Call.of("run.services.get", name=f"{PARENT}/services/api"), 30)
    assert isinstance(got, Gap)
    assert got.kind is GapKind.MALFORMED
    assert started.source.fetch(SERVICES, 30) == Answer({"services": []})
    assert started.source.fetch(NETWORKS, 30) == Answer({"items": []})
    assert started.source.fetch(ROUTERS, 30) == Answer({"items": {}})


KINDS = {
    Fault.DENIED: GapKind.DENIED,
    Fault.DISABLED: GapKind.DISABLED,
    Fault.NOT_FOUND: GapKind.NOT_FOUND,
    Fault.RATE_LIMITED: GapKind.RATE_LIMITED,
    Fault.INTERNAL: GapKind.UNAVAILABLE,
    Fault.UNAVAILABLE: GapKind.UNAVAILABLE,
    Fault.MALFORMED: GapKind.MALFORMED,
    Fault.UNAUTHENTICATED: GapKind.UNAUTHENTICATED,
    Fault.REFUSED: GapKind.REFUSED,
}


@pytest.mark.parametrize("fault", KINDS)
def test_every_fault_of_every_method_is_a_gap_of_its_kind(bench: Benches, fault: Fault) -> None:
    started = bench(faults={"*": fault})
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda call: started.source.fetch(call, 30), ANSWERS))
    assert {gap.kind if isinstance(gap, Gap) else gap for gap in got} == {KINDS[fault]}


@pytest.mark.parametrize("key", METHODS)
def test_a_server_that_never_answers_ends_within_the_bound(bench: Benches, key: str) -> None:
    started = bench(faults={"*": Fault.HANG})
    started.source.fetch(BY_KEY[key], 0.2)  # imports the client, which counts in the bound
    got = started.source.fetch(BY_KEY[key], 0.2)
    assert isinstance(got, Gap)
    assert got.kind is GapKind.TIMEOUT
    assert "gave no answer in time" in got.message
    assert got.advice == "give it more with --timeout"


@pytest.mark.parametrize("call", [SERVICES, NETWORKS], ids=["grpc", "rest"])
class TestRetries:
    def test_a_429_waits_as_long_as_the_server_asks(self, bench: Benches, call: Call) -> None:
        started = bench(faults={"*": (Fault.RATE_LIMITED, 2)}, retry_after_s=7)
        assert started.source.fetch(call, 60) == Answer(ANSWERS[call])
        assert started.waits == [7.0, 7.0]

    def test_a_429_that_asks_for_more_than_is_left_is_not_waited_for(self, bench: Benches, call: Call) -> None:
        started = bench(faults={"*": Fault.RATE_LIMITED}, retry_after_s=61)
        got = started.source.fetch(call, 60)
        assert isinstance(got, Gap)
        assert got.kind is GapKind.RATE_LIMITED
        assert started.waits == []

    @pytest.mark.parametrize(
        ("fault", "tries"), [(Fault.UNAVAILABLE, 3), (Fault.INTERNAL, 2), (Fault.DENIED, 1), (Fault.NOT_FOUND, 1)]
    )
    def test_how_often_each_fault_is_tried(self, bench: Benches, call: Call, fault: Fault, tries: int) -> None:
        started = bench(faults={"*": fault})
        started.source.fetch(call, 60)
        assert len(started.fake.log.entries) == tries
        assert all(0 < wait <= 0.5 for wait in started.waits)

    def test_denied_names_the_permission(self, bench: Benches, call: Call) -> None:
        got = bench(faults={"*": Fault.DENIED}).source.fetch(call, 60)
        assert isinstance(got, Gap)
        assert got.permission == call.method.permission
        assert f"grant {call.method.permission} on {PROJECT}" in got.advice

    def test_disabled_says_how_to_enable(self, bench: Benches, call: Call) -> None:
        got = bench(faults={"*": Fault.DISABLED}).source.fetch(call, 60)
        assert isinstance(got, Gap)
        assert got.advice == f"gcloud services enable {call.method.api} --project {PROJECT}"

    def test_nobody_there_is_unavailable(self, bench: Benches, call: Call) -> None:
        started = bench()
        started.fake.__exit__(None, None, None)
        got = started.source.fetch(call, 60)
        assert isinstance(got, Gap)
        assert got.kind is GapKind.UNAVAILABLE

    def test_no_proxy_is_asked(self, bench: Benches, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "grpc_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:9/")
        assert bench().source.fetch(call, 60) == Answer(ANSWERS[call])


def test_a_recorded_denial_is_denied_again_with_its_permission(bench: Benches) -> None:
    gap = {"kind": "denied", "message": "recorded", "permission": "run.services.list"}
    got = bench(answers={}, gaps={SERVICES: gap}).source.fetch(SERVICES, 30)
    assert isinstance(got, Gap)
    assert (got.kind, got.permission) == (GapKind.DENIED, "run.services.list")


def test_a_get_is_answered_from_the_list_or_not_found(bench: Benches) -> None:
    source = bench(answers={SERVICES: {"services": [service("api")]}}).source
    found = source.fetch(Call.of("run.services.get", name=f"{PARENT}/services/api"), 30)
    assert isinstance(found, Answer)
    assert found.doc["name"].endswith("/api")
    absent = source.fetch(Call.of("run.services.get", name=f"{PARENT}/services/other"), 30)
    assert isinstance(absent, Gap)
    assert absent.kind is GapKind.NOT_FOUND


def test_closing_ends_a_pause(bench: Benches) -> None:
    started = bench(faults={"*": Fault.RATE_LIMITED}, retry_after_s=3600)
    source = LiveSource(Clients(endpoints([SERVICES.method.api], started.fake.env), None))
    worker = threading.Thread(target=source.fetch, args=(SERVICES, 36000), daemon=True)
    worker.start()
    while not started.fake.log.entries:
        threading.Event().wait(0.01)
    source.close()
    worker.join(30)
    assert not worker.is_alive()
