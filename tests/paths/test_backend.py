"""URL masks: the service and the tag that they read from a request."""

from __future__ import annotations

import pytest

from diag.errors import Unseen
from diag.paths.backend import Asked, worked_out
from diag.paths.matching import Paths


@pytest.mark.parametrize(
    ("mask", "host", "route", "found"),
    [
        ("<service>.example.com", "login.example.com", "/x", {"service": "login"}),
        ("<service>.example.com", "login.example.com", "/*", {"service": "login"}),
        ("<service>.example.com", "a.b.example.com", "/", None),
        ("<tag>---<service>.example.com", "v2---login.example.com", "/", {"tag": "v2", "service": "login"}),
        ("example.com/<service>", "example.com", "/login", {"service": "login"}),
        ("example.com/<service>", "example.com", "/login/deep", {"service": "login"}),
        ("example.com/<service>", "example.com", "/login/*", {"service": "login"}),
        ("example.com/<service>", "www.example.com", "/login", None),
        ("/<service>/<tag>", "any.example.com", "/login/v2", {"service": "login", "tag": "v2"}),
        ("/<service>/<tag>", "any.example.com", "/login", None),
        ("/v1/<service>", "any.example.com", "/v2/*", None),
        ("<tag>.example.com/cart", "v1.example.com", "/cart/*", {"tag": "v1"}),
    ],
)
def test_a_mask_reads_the_service_from_host_and_path(
    mask: str, host: str, route: str, found: dict[str, str] | None
) -> None:
    assert worked_out(mask, Asked(host, Paths.declared(route))) == found


@pytest.mark.parametrize("route", ["/*", "/v1/*"])
def test_a_route_that_leaves_the_service_open_is_undecided(route: str) -> None:
    with pytest.raises(Unseen, match="reaches several"):
        worked_out("/v1/<service>", Asked("example.com", Paths.declared(route)))


def test_a_mask_without_a_placeholder_is_not_a_mask() -> None:
    with pytest.raises(Unseen, match="neither"):
        worked_out("example.com/login", Asked("example.com", Paths("/login", False)))
