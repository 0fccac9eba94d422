"""gcloud's override variables: what is taken, what is refused and how."""

import pytest

from diag.calls import METHODS
from diag.cloud.endpoints import GCLOUD_NAMES, PREFIX, Endpoint, endpoints
from diag.errors import UsageError

RUN = "run.googleapis.com"
COMPUTE = "compute.googleapis.com"
DNS = "dns.googleapis.com"


def endpoint(api: str, value: str) -> Endpoint:
    return endpoints([api], {PREFIX + GCLOUD_NAMES[api]: value})[api]


def test_every_api_of_the_table_has_gclouds_name() -> None:
    assert {method.api for method in METHODS.values()} <= set(GCLOUD_NAMES)


@pytest.mark.parametrize("value", ["", "  "])
def test_without_an_override_an_api_is_at_its_public_address(value: str) -> None:
    found = endpoint(RUN, value)
    assert (found.url, found.target, found.plaintext) == ("https://run.googleapis.com", "run.googleapis.com:443", False)


@pytest.mark.parametrize(
    ("api", "value", "url", "target"),
    [
        (RUN, "https://run-psc.p.googleapis.com/", "https://run-psc.p.googleapis.com", "run-psc.p.googleapis.com:443"),
        (COMPUTE, "https://compute-psc.p.googleapis.com/compute/v1/", "https://compute-psc.p.googleapis.com", None),
        (COMPUTE, "https://gateway.example:8443/gcp/compute/v1", "https://gateway.example:8443/gcp", None),
        (DNS, "https://dns-psc.p.googleapis.com/dns/v1/", "https://dns-psc.p.googleapis.com", None),
        (RUN, "http://127.0.0.1:8080/", "http://127.0.0.1:8080", "127.0.0.1:8080"),
        (RUN, "http://127.9.9.9:8080", "http://127.9.9.9:8080", "127.9.9.9:8080"),
        (RUN, "http://localhost", "http://localhost", "localhost:80"),
        (RUN, "http://[::1]:8080/", "http://[::1]:8080", "[::1]:8080"),
        (RUN, "https://[2001:db8::1]/", "https://[2001:db8::1]", "[2001:db8::1]:443"),
    ],
)
def test_overrides_that_are_taken(api: str, value: str, url: str, target: str | None) -> None:
    found = endpoint(api, value)
    assert found.url == url
    assert target is None or found.target == target
    assert found.plaintext is value.startswith("http:")


@pytest.mark.parametrize(
    "value",
    [
        "http://run.googleapis.com/",
        "http://10.0.0.1:8080/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "http://0.0.0.0:80/",
        "run-psc.p.googleapis.com",
        "ftp://127.0.0.1/",
        "https://",
        "https://host:port/",
        "https://user:hunter2@host/",
        "https://host/?key=hunter2",
        "https://[::1/",
    ],
)
def test_overrides_that_are_refused_name_the_variable_and_what_to_write(value: str) -> None:
    with pytest.raises(UsageError) as raised:
        endpoint(RUN, value)
    said = str(raised.value)
    assert said.startswith("CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN ")
    assert "write https://HOST/" in said
    assert "hunter2" not in said
