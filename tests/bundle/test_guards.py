"""What is looked for at all before a pattern is tried: nothing that the pattern matches may lack it."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diag.bundle import secrets


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.from_regex(re.compile(secrets._TOKENS, re.ASCII), fullmatch=True))
def test_every_known_token_has_a_head_that_is_looked_for(token: str) -> None:
    assert secrets._TOKEN_HEAD.search(token), token
    assert token not in secrets.redact_tokens(f"see {token} there")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("sent BEARER abc.def-123456", "abc.def"),
        ("sent bAsIc dXNlcjpwYXNzd29yZA==", "dXNl"),
        ("curl -u ada:lovelace1 x", "lovelace1"),
        ("curl --user=ada:lovelace1 x", "lovelace1"),
        ("curl --proxy-user ada:lovelace1 x", "lovelace1"),
        ("COOKIE: theme=dark; sid=lovelace", "lovelace"),
        ("ALTER ROLE app PASSWORD 'lovelace'", "lovelace"),
        ("CREATE USER app IDENTIFIED  BY 'lovelace'", "lovelace"),
        ("<Password>lovelace</Password>", "lovelace"),
        ("-----BEGIN RSA PRIVATE KEY-----\nlovelace\n-----END RSA PRIVATE KEY-----", "lovelace"),
        ("POSTGRES://ada:lovelace@db/app", "lovelace"),
        ("ada:lovelace1@db.example.test", "lovelace1"),
    ],
)
def test_no_guard_lets_a_secret_by(text: str, secret: str) -> None:
    assert secret not in secrets.redact_free_text(text)
