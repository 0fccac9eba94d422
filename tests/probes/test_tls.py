"""`probe.tls` against real TLS servers, good and bad ones."""

from __future__ import annotations

import datetime
import socket
import ssl
import struct
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from diag.probes.certificates import read_chain
from tests.probes.conftest import Prober, tls_of
from tests.probes.servers import listening, saying, silent

NOW = datetime.datetime.now(datetime.UTC)


def test_a_good_certificate_with_what_it_says(probe: Prober, authority: trustme.CA, ca_file: str) -> None:
    certificate = authority.issue_cert("localhost", "*.example.com")
    with listening(silent, tls_of(certificate)) as port:
        found = probe(tls=f"localhost:{port}", ca_file=ca_file)
    assert found["status"] == "pass", found["reason"]
    assert list(found["timings_s"]) == ["dns", "tcp", "tls"]
    seen = found["observed"]
    assert seen["tls"] == "TLSv1.3"
    assert set(seen["names"]) == {"localhost", "*.example.com"}
    leaf = x509.load_pem_x509_certificate(certificate.cert_chain_pems[0].bytes())
    assert seen["sha256"] == leaf.fingerprint(SHA256()).hex(":").upper()
    assert seen["issuer"] == leaf.issuer.rfc4514_string()
    assert seen["days_left"] == (leaf.not_valid_after_utc - NOW).days
    assert seen["chain_in_order"] is True


def test_a_private_ca_must_be_named(probe: Prober, server_tls: ssl.SSLContext) -> None:
    with listening(silent, server_tls) as port:
        found = probe(tls=f"localhost:{port}")
    assert (found["status"], found["phase"], found["class"]) == ("fail", "tls", "infrastructure")
    assert "ca_file" in found["reason"]
    assert "localhost" in found["observed"]["names"]


def test_a_wildcard_covers_one_label(probe: Prober, authority: trustme.CA, ca_file: str) -> None:
    """`localhost` is the parent here: `*.localhost` covers `a.localhost`, neither `localhost` nor `a.b.localhost`."""
    with listening(silent, tls_of(authority.issue_cert("*.localhost"))) as port:
        found = probe(tls=f"localhost:{port}", ca_file=ca_file)
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "it is for *.localhost" in found["reason"]


def test_a_name_below_the_wildcard_is_told_why(authority: trustme.CA) -> None:
    pem = authority.issue_cert("*.netrasystems.ai").cert_chain_pems[0].bytes()
    chain = read_chain([ssl.PEM_cert_to_DER_cert(pem.decode())])
    assert chain
    said = chain.mismatch("api.staging.netrasystems.ai")
    assert "a wildcard covers one label: *.netrasystems.ai does not cover api.staging.netrasystems.ai" in said


@pytest.mark.parametrize(
    ("days", "status"), [(-1, "fail"), (6, "fail"), (20, "warn"), (31, "pass")], ids=["expired", "6d", "20d", "31d"]
)
def test_days_left(probe: Prober, authority: trustme.CA, ca_file: str, days: int, status: str) -> None:
    ends = NOW + datetime.timedelta(days=days, hours=1)
    certificate = authority.issue_cert("localhost", not_before=NOW - datetime.timedelta(days=40), not_after=ends)
    with listening(silent, tls_of(certificate)) as port:
        found = probe(tls=f"localhost:{port}", ca_file=ca_file)
    assert found["status"] == status
    assert f"{ends:%Y-%m-%d}" in found["reason"] or status == "pass"
    assert found["observed"]["days_left"] == days


def test_the_load_balancers_thresholds_override(probe: Prober, authority: trustme.CA, ca_file: str) -> None:
    ends = NOW + datetime.timedelta(days=20)
    certificate = authority.issue_cert("127.0.0.1", "localhost", not_after=ends)
    balancer = {"domains": {"127.0.0.1": {}}, "certificates": {"expires_in": {"warn": "10d", "fail": "5d"}}}
    with listening(silent, tls_of(certificate)) as port:
        sections = {"load_balancers": {"staging": balancer}}
        found = probe(sections=sections, tls=f"127.0.0.1:{port}", ca_file=ca_file)
        other = probe(sections=sections, tls=f"localhost:{port}", ca_file=ca_file)
    assert (found["status"], other["status"]) == ("pass", "warn")


def test_an_intermediate_that_is_not_served(probe: Prober, authority: trustme.CA, ca_file: str) -> None:
    certificate = authority.create_child_ca().issue_cert("localhost")
    lone = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.private_key_pem.tempfile() as key, certificate.cert_chain_pems[0].tempfile() as leaf:
        lone.load_cert_chain(leaf, key)
    with listening(silent, tls_of(certificate)) as whole, listening(silent, lone) as broken:
        assert probe(tls=f"localhost:{whole}", ca_file=ca_file)["status"] == "pass"
        found = probe(tls=f"localhost:{broken}", ca_file=ca_file)
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "the intermediate is missing" in found["reason"]
    assert len(found["observed"]["chain"]) == 1


def test_a_chain_out_of_order_warns(probe: Prober, authority: trustme.CA, ca_file: str, tmp_path: Path) -> None:
    deep = authority.create_child_ca().create_child_ca()
    certificate = deep.issue_cert("localhost")
    leaf, *issuers = (pem.bytes() for pem in certificate.cert_chain_pems)
    mixed = tmp_path / "mixed.pem"
    mixed.write_bytes(certificate.private_key_pem.bytes() + leaf + b"".join(reversed(issuers)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mixed)
    with listening(silent, context) as port:
        found = probe(tls=f"localhost:{port}", ca_file=ca_file)
    assert (found["status"], found["observed"]["chain_in_order"]) == ("warn", False)
    assert "out of order" in found["reason"]


def test_what_does_not_speak_tls(probe: Prober) -> None:
    with listening(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        found = probe(tls=f"127.0.0.1:{port}")
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "does not speak TLS" in found["reason"]


def test_a_handshake_that_hangs_ends_with_the_bound(probe: Prober) -> None:
    with listening(silent) as port:
        found = probe(tls=f"127.0.0.1:{port}", expect={"within": "1s"})
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "the TLS handshake did not end within 1 s" in found["reason"]


def test_a_server_that_asks_for_a_client_certificate(
    probe: Prober, authority: trustme.CA, ca_file: str, server_tls: ssl.SSLContext
) -> None:
    mutual = tls_of(authority.issue_cert("localhost"))
    mutual.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(mutual)
    with listening(silent, mutual) as port:
        found = probe(url=f"https://localhost:{port}/", ca_file=ca_file)
    assert (found["status"], found["phase"]) == ("fail", "tls")
    assert "client certificate" in found["reason"]


def test_only_old_versions(probe: Prober, authority: trustme.CA, ca_file: str) -> None:
    old = tls_of(authority.issue_cert("localhost"))
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with listening(silent, old) as port:
        found = probe(tls=f"localhost:{port}", ca_file=ca_file)
    assert (found["status"], found["phase"]) == ("fail", "tls")


def server_hello_with(certificate: bytes) -> bytes:
    """The start of a TLS 1.2 handshake whose certificate is these bytes."""

    def message(kind: int, body: bytes) -> bytes:
        return bytes([kind]) + len(body).to_bytes(3, "big") + body

    hello = b"\x03\x03" + bytes(32) + b"\x00" + b"\xc0\x2f" + b"\x00" + b"\x00\x05\xff\x01\x00\x01\x00"
    entry = len(certificate).to_bytes(3, "big") + certificate
    both = message(2, hello) + message(11, len(entry).to_bytes(3, "big") + entry)
    return b"\x16\x03\x03" + struct.pack("!H", len(both)) + both


@pytest.mark.parametrize("certificate", [b"", b"\x30\x03\x02\x01\x01", b"not a certificate at all", bytes(4000)])
def test_a_certificate_that_does_not_parse(probe: Prober, certificate: bytes) -> None:
    def bad(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(server_hello_with(certificate))
        silent(sock)

    with listening(bad) as port:
        found = probe(tls=f"localhost:{port}", expect={"within": "3s"})
    assert (found["status"], found["phase"], found["class"]) == ("fail", "tls", "infrastructure")
