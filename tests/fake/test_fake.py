"""The fake itself: what it refuses, how it pages, what it remembers."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from diag.calls import METHODS, Call, Json, Verb
from tests.bench.requests import request_of
from tests.fake import Fake, Fault
from tests.fake.routes import route
from tests.fake.secrets import Version
from tests.fake.tiny import ANSWERS, PARENT, PROJECT, REGION, write_bundle

APIS = {method.api for method in METHODS.values()}


def get(fake: Fake, path: str, body: Json | None = None) -> tuple[int, Any]:
    """Status and JSON of one REST request: a GET, or a POST when there is a body."""
    connection = http.client.HTTPConnection("127.0.0.1", fake.port)
    try:
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize("call", ANSWERS, ids=lambda call: call.method.key)
def test_every_method_has_a_path_of_its_own(call: Call) -> None:
    fields = dict(call.request)
    found = route(call.method.http.format(**fields))
    assert found is not None
    method, in_path = found
    assert method is call.method
    assert in_path.items() <= fields.items()


def test_cloud_sqls_older_paths_lead_to_the_same_method() -> None:
    for path in (
        "/sql/v1beta4/projects/p/instances/i",
        "/v1beta4/projects/p/instances/i",
        "/v1/projects/p/instances/i",
    ):
        assert route(path) == (METHODS["sql.instances.get"], {"project": "p", "instance": "i"})


def test_a_bundle_with_a_field_that_the_library_does_not_know_is_refused(tmp_path: Path) -> None:
    answers = {Call.of("run.services.list", parent=PARENT): {"services": [{"name": "x", "notAField": 1}]}}
    with pytest.raises(ValueError, match="notAField"):
        Fake(write_bundle(tmp_path, answers))


def test_what_was_not_recorded_is_empty_or_not_found(tmp_path: Path) -> None:
    with Fake(write_bundle(tmp_path, {})) as fake:
        assert get(fake, f"/v2/{PARENT}/services") == (200, {})
        status, body = get(fake, f"/v2/{PARENT}/services/api")
        assert (status, body["error"]["status"]) == (404, "NOT_FOUND")
        assert get(fake, "/v9/else")[0] == 404


def test_aggregated_lists_page_with_the_harmless_warning(tmp_path: Path) -> None:
    path = f"/compute/v1/projects/{PROJECT}/aggregated/routers"
    with Fake(write_bundle(tmp_path), page_size=2) as fake:
        _, first = get(fake, path)
        assert [item["name"] for item in first["items"][f"regions/{REGION}"]["routers"]] == ["routers-1", "routers-2"]
        assert first["items"]["global"]["warning"]["code"] == "NO_RESULTS_ON_PAGE"
        _, last = get(fake, f"{path}?pageToken={first['nextPageToken']}")
        assert "nextPageToken" not in last
        assert get(fake, f"{path}?maxResults=1")[1]["nextPageToken"] == "1"


def test_a_fault_may_pass(tmp_path: Path) -> None:
    faults = {"sql.tiers.list": (Fault.INTERNAL, 1)}
    with Fake(write_bundle(tmp_path), faults=faults) as fake:
        statuses = [get(fake, f"/v1/projects/{PROJECT}/tiers")[0] for _ in range(2)]
    assert statuses == [500, 200]


def test_a_value_is_served_from_beside_the_bundle_on_rest_too(tmp_path: Path) -> None:
    secrets = {f"projects/{PROJECT}/secrets/s": Version(b"123456789")}
    with Fake(write_bundle(tmp_path), secrets=secrets) as fake:
        status, body = get(fake, f"/v1/projects/{PROJECT}/secrets/s/versions/latest:access")
        assert get(fake, f"/v1/projects/{PROJECT}/secrets/other/versions/latest:access")[0] == 404
    assert (status, body["payload"]) == (200, {"data": "MTIzNDU2Nzg5", "dataCrc32c": str(0xE3069283)})


def test_a_rest_denial_carries_its_permission(tmp_path: Path) -> None:
    with Fake(write_bundle(tmp_path), faults={"*": Fault.DENIED}) as fake:
        _, body = get(fake, f"/compute/v1/projects/{PROJECT}/global/networks")
    assert body["error"]["details"][0]["metadata"]["permission"] == "compute.networks.list"


def test_the_log_knows_duplicates_connections_and_verbs(tmp_path: Path) -> None:
    path = f"/v1/projects/{PROJECT}/tiers"
    with Fake(write_bundle(tmp_path)) as fake:
        get(fake, path)
        assert not fake.log.duplicates()
        get(fake, path)
        request = urllib.request.Request(fake.url + "v1/x", data=b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
    assert fake.log.duplicates() == [("sql.tiers.list", (("project", PROJECT),))]
    assert fake.log.methods() == {"sql.tiers.list": 2, "?": 1}
    assert len(fake.log.connections("rest")) == 3
    assert fake.log.entries[-1].verb == "POST"
    assert fake.log.peak_in_flight() == 1
    assert all(entry.end >= entry.start for entry in fake.log.entries)


def test_an_absolute_target_as_sent_to_a_proxy_is_served(tmp_path: Path) -> None:
    with Fake(write_bundle(tmp_path)) as fake:
        path = f"/apis/serving.knative.dev/v1/namespaces/{PROJECT}/services/api"
        assert get(fake, f"http://{REGION}-run.invalid{path}")[0] == 200
        assert get(fake, f"http://europe-west1-run.invalid{path}")[0] == 404


def test_every_list_method_pages(tmp_path: Path) -> None:
    with Fake(write_bundle(tmp_path), page_size=1) as fake:
        for call, answer in ANSWERS.items():
            scopes = answer.get("items", {}).values() if call.method.verb is Verb.AGGREGATED_LIST else [answer]
            many = max(len(scope.get(call.method.items, [])) for scope in scopes) > 1
            if call.method.verb.lists and many:
                _, path, body = request_of(call)
                page = get(fake, path, json.loads(body) if body else None)[1]
                assert "nextPageToken" in page


def test_as_a_program_it_prints_what_to_export(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fake", str(write_bundle(tmp_path)), "--fault", "*=unavailable:1"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ)) as program:
        assert program.stdout is not None
        lines = [program.stdout.readline().strip() for _ in range(len(APIS) + 1)]
        program.terminate()
    assert lines[-1] == f"export CLOUDSDK_CORE_PROJECT={PROJECT}"
    assert all(line.startswith("export CLOUDSDK_API_ENDPOINT_OVERRIDES_") for line in lines[:-1])
