"""Which certificate a proxy shows, where a scenario of the estate cannot say it."""

from __future__ import annotations

import pytest

from diag.calls import Answer, Call, Gap, GapKind, Json
from diag.errors import Unseen
from diag.facts.base import Origin
from diag.facts.lb import TargetHttpsProxy
from diag.facts.world import World
from diag.paths.certificate import Certificates
from diag.snapshot import Snapshot

AT = "2025-09-18T09:00:00Z"
REGIONAL = "projects/made-up/locations/us-central1/certificates"
LIST = Call.of("compute.sslCertificates.aggregatedList", project="made-up")


def proxy(*certificates: str) -> TargetHttpsProxy:
    call = Call.of("compute.targetHttpsProxies.aggregatedList", project="made-up")
    doc = {"name": "proxy", "sslCertificates": list(certificates)}
    return TargetHttpsProxy(doc, Origin(call, AT), "projects/made-up/regions/us-central1/targetHttpsProxies/proxy")


def manager(name: str, answer: Json | GapKind) -> tuple[Call, Answer | Gap]:
    call = Call.of("certificatemanager.certificates.get", name=f"{REGIONAL}/{name}")
    return call, Answer(answer) if isinstance(answer, dict) else Gap(answer, f"{name}: {answer.value}", call)


def world(*answers: tuple[Call, Answer | Gap]) -> World:
    return World(Snapshot("made-up", "us-central1", AT, dict(answers)))


def shown(found: World, host: str, *names: str) -> list[str]:
    links = [f"//certificatemanager.googleapis.com/{REGIONAL}/{name}" for name in names]
    return [named.name.rpartition("/")[2] for named in Certificates(found).shown(proxy(*links), host).certificates]


def test_a_regional_proxy_names_certificate_managers_certificates_itself() -> None:
    found = world(
        manager("first", {"selfManaged": {}, "sanDnsnames": ["www.example.com"]}),
        manager("wild", {"selfManaged": {}, "sanDnsnames": ["*.example.net"]}),
        manager("exact", {"selfManaged": {}, "sanDnsnames": ["api.example.net"]}),
    )
    names = ("first", "wild", "exact")
    assert shown(found, "api.example.net", *names) == ["wild", "exact"]
    assert shown(found, "www.example.net", *names) == ["wild"]
    assert shown(found, "a.b.example.net", *names) == ["first"]


def test_a_certificate_that_could_not_be_read_may_be_the_one_that_is_shown() -> None:
    found = world(
        manager("first", {"selfManaged": {}, "sanDnsnames": ["www.example.com"]}), manager("second", GapKind.DENIED)
    )
    assert shown(found, "api.example.net", "first", "second") == ["second"]
    named = Certificates(found).shown(proxy(f"{REGIONAL}/second"), "api.example.net").certificates[0]
    with pytest.raises(Unseen, match="denied"):
        named.read()


def test_a_certificate_that_is_proved_absent_is_none() -> None:
    found = world(manager("gone", GapKind.NOT_FOUND))
    assert Certificates(found).listed(proxy(f"{REGIONAL}/gone"))[0].read() is None


def test_another_projects_certificate_was_not_read() -> None:
    found = world((LIST, Answer({"items": {}})))
    elsewhere = Certificates(found).listed(proxy("projects/other/global/sslCertificates/c"))[0]
    with pytest.raises(Unseen, match="project other"):
        elsewhere.read()
