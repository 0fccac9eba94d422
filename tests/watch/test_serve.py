"""What monitors are told: by a real listener, read with the reference parser."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from prometheus_client.openmetrics import parser

from diag.errors import UsageError
from diag.gate.rule import Rule
from diag.render.report_schema import report_schema
from diag.report import Status
from diag.watch.board import Board
from diag.watch.loop import Seen
from diag.watch.serve import Server
from tests.watch.conftest import CONNECTOR, EMPTY, EVERY, START

RULE = Rule(critical={"connectivity": True}, probes={"api": "connectivity"})


def seen(*statuses: Status, trouble: str = "") -> Seen:
    """A look at everything, with these statuses; the last one stays."""
    padded = [*statuses, *[statuses[-1]] * len(EVERY)]
    found = tuple(replace(one, status=status) for one, status in zip(EVERY, padded, strict=False))
    return Seen(replace(EMPTY, findings=found), START, (), (), "", 60.0, trouble)


def parsed(text: str) -> list[Any]:
    """The families, by the reference parser, which refuses what is no OpenMetrics."""
    return list(parser.text_string_to_metric_families(text))  # type: ignore[no-untyped-call]


@pytest.fixture
def board() -> Board:
    """Where looks are posted."""
    return Board()


@pytest.fixture
def server(board: Board) -> Iterator[Server]:
    """A listener on loopback."""
    with Server("127.0.0.1:0", board, None) as started:
        yield started


def ask(server: Server, path: str, token: str = "") -> tuple[int, str]:
    """Status and body."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("look", "code", "word"),
    [
        (seen(Status.PASS), 200, "healthy"),
        (seen(Status.WARN), 200, "healthy"),
        (seen(Status.FAIL, Status.PASS), 503, "unhealthy"),
        (seen(Status.UNKNOWN, Status.PASS), 503, "unknown"),
        (seen(Status.PASS, trouble="no credentials"), 503, "unknown"),
    ],
)
def test_health_is_what_the_newest_look_gave(board: Board, server: Server, look: Seen, code: int, word: str) -> None:
    board.post(look, RULE)
    found, body = ask(server, "/healthz")
    assert (found, json.loads(body)["status"]) == (code, word)


def test_before_the_first_look_nothing_is_healthy_and_the_process_lives(server: Server) -> None:
    for path in ("/healthz", "/report.json", "/health/infrastructure"):
        assert ask(server, path)[0] == 503
    assert ask(server, "/livez")[0] == 200
    assert ask(server, "/metrics")[0] == 200
    assert ask(server, "/elsewhere")[0] == 404


def test_metrics_are_taken_by_the_reference_parser(board: Board, server: Server) -> None:
    board.post(seen(Status.FAIL, Status.PASS), RULE)
    families = {family.name: family for family in parsed(ask(server, "/metrics")[1])}
    assert all(name.startswith("diag") for name in families)
    values = {sample.labels["probe"]: sample.value for sample in families["diag_probe_up"].samples}
    assert values == {"api": 1.0, "auth": 1.0, "db": 1.0, "other": 1.0}
    assert families["diag_healthy"].samples[0].value == 0.0
    assert families["diag_category_complete"].samples[0].value == 0.0


def test_the_report_is_the_newest_one(board: Board, server: Server) -> None:
    board.post(seen(Status.PASS), RULE)
    report = json.loads(ask(server, "/report.json")[1])
    jsonschema.validate(report, report_schema())
    assert report["summary"]["pass"] == len(EVERY)


def infrastructure(board: Board, server: Server, look: Seen) -> tuple[int, Any]:
    """Status and page after a look."""
    board.post(look, RULE)
    code, body = ask(server, "/health/infrastructure")
    return code, json.loads(body)


def test_the_health_page_is_measured(board: Board, server: Server) -> None:
    code, page = infrastructure(board, server, seen(Status.PASS))
    assert (code, page["status"]) == (200, "healthy")
    assert page["vpc_connectivity"] == {"overall": True, "degraded_count": 0}
    assert page["infrastructure_components"]["connector"] == {
        "status": "healthy", "component": "vpc_connector", "critical": True,
    }  # fmt: skip
    code, page = infrastructure(board, server, seen(Status.FAIL, Status.PASS))
    assert (code, page["status"]) == (503, "unhealthy")
    assert page["vpc_connectivity"] == {"overall": False, "degraded_count": 1}
    code, page = infrastructure(board, server, seen(Status.UNKNOWN, Status.PASS))
    assert (code, page["status"], page["vpc_connectivity"]["overall"]) == (503, "unknown", False)
    code, page = infrastructure(board, server, seen(Status.PASS, trouble="no credentials"))
    assert (code, page["status"], page["vpc_connectivity"]["overall"]) == (503, "unknown", False)


def test_many_scrapes_at_once_are_answered_from_one_look(board: Board, server: Server) -> None:
    board.post(seen(Status.PASS), RULE)
    codes: list[int] = []
    threads = [threading.Thread(target=lambda: codes.append(ask(server, "/metrics")[0])) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [200] * 20
    posted = board.read()
    assert posted
    assert posted.looks == 1


def test_a_token_is_asked_for_where_there_is_one(board: Board) -> None:
    board.post(seen(Status.PASS), RULE)
    with Server("127.0.0.1:0", board, "s3cret") as server:
        assert ask(server, "/healthz")[0] == 401
        assert ask(server, "/metrics", "wrong")[0] == 401
        assert ask(server, "/healthz", "s3cret")[0] == 200
        assert ask(server, "/livez")[0] == 200


@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("0.0.0.0:0", "DIAG_LISTEN_TOKEN"),
        ("[::]:0", "DIAG_LISTEN_TOKEN"),
        ("9090", "HOST:PORT"),
        ("127.0.0.1:x", "HOST:PORT"),
        ("127.0.0.1:99999", "HOST:PORT"),
    ],
)
def test_what_cannot_be_listened_on_is_refused(board: Board, listen: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Server(listen, board, None)


def test_a_port_that_is_taken_is_said(board: Board, server: Server) -> None:
    with pytest.raises(UsageError, match="Address already in use"):
        Server(f"127.0.0.1:{server.port}", board, None)


def test_a_component_says_what_to_do(board: Board, server: Server) -> None:
    from diag.report import Fix

    look = seen(Status.FAIL)
    fixed = replace(CONNECTOR, fix=(Fix("gcloud compute networks vpc-access connectors describe connector"),))
    _, page = infrastructure(board, server, replace(look, report=replace(look.report, findings=(fixed,))))
    assert page["infrastructure_team_actions"] == {"connector": [fixed.fix[0].command]}
