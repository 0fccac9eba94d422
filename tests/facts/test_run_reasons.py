"""Reasons and messages of Cloud Run, translated."""

from __future__ import annotations

import pytest
from google.cloud import run_v2

from diag.facts.run_messages import MESSAGES, meaning_of
from diag.facts.run_reasons import REASONS

UNDEFINED = {"COMMON_REASON_UNDEFINED", "REVISION_REASON_UNDEFINED"}


def test_every_reason_that_the_client_library_knows_has_a_meaning() -> None:
    enums = run_v2.Condition.pb().DESCRIPTOR.enum_types_by_name
    known = {name for kind in ("CommonReason", "RevisionReason") for name in enums[kind].values_by_name}
    assert known - UNDEFINED == set(REASONS)


@pytest.mark.parametrize(
    ("message", "fact"),
    [
        (
            "The user-provided container failed to start and listen on the port defined provided by the PORT=8080",
            "MSG-01",
        ),
        ("failed to load /app/start: exec format error", "MSG-01"),
        ("The user-provided container failed the configured startup probe checks.", "MSG-02"),
        ("Startup probes timed out after 4m (1 attempt with a timeout of 4m each).", "MSG-02"),
        ("Quota exceeded for total allowable CPU per project per region.", "SCL-01"),
        ("Max instances must be set to 10 or fewer in order to set the requested total memory.", "SCL-01"),
        ("VPC Access connector projects/p/locations/r/connectors/c is not in READY state", "VPC-17"),
        ("STARTUP TCP probe failed 1 time consecutively for container", "MSG-02"),
        ("LIVENESS HTTP probe failed 3 times", "MSG-03"),
        ("Container called exit(3).", "MSG-04"),
        ("Memory limit of 512 MiB exceeded with 530 MiB used.", "MSG-05"),
        ("Uncaught signal: 11", "MSG-06"),
        ("The request was aborted because there was no available instance.", "MSG-07"),
        (
            "either the HTTP response was malformed or connection to the instance had an error.",
            "MSG-08",
        ),
        ("The request failed because the instance failed the readiness check.", "MSG-09"),
        ('instance does not have IP of type "PUBLIC"', "MSG-12"),
        ("/cloudsql/p:r:i/.s.PGSQL.5432 failed: No such file or directory", "MSG-13"),
        ("FATAL: remaining connection slots are reserved", "MSG-14"),
        ("Permission denied on secret: projects/1/secrets/s/versions/latest for Revision service account", "ATT-07"),
        ("Image 'us-docker.pkg.dev/p/r/app' not found.", "RDY-05"),
        (
            "VPC connector projects/p/locations/r/connectors/c does not exist, or Cloud Run does not have permission",
            "VPC-17",
        ),
    ],
)
def test_a_message_is_translated_by_a_stable_fragment_in_any_case(message: str, fact: str) -> None:
    for written in (message, message.upper()):
        meaning = meaning_of("UNKNOWN", written)
        assert meaning is not None
        assert meaning.fact == fact


@pytest.mark.parametrize(
    "message", ["The network projects/p/global/networks/n does not exist", "VPC network n was not found"]
)
def test_a_network_that_is_not_there_is_told_by_its_message_too(message: str) -> None:
    assert meaning_of("UNKNOWN", message) is REASONS["VPC_NETWORK_NOT_FOUND"]


def test_a_message_says_more_than_a_reason() -> None:
    found = meaning_of("REVISION_FAILED", "Container called exit(1).")
    assert found is not None
    assert found.fact == "MSG-04"


def test_what_nobody_knows_has_no_meaning() -> None:
    assert meaning_of("MOON_PHASE", "the moon was full") is None


def test_commands_can_be_filled_in() -> None:
    names = {"service": "s", "region": "r", "project": "p", "revision": "v"}
    for meaning in (*REASONS.values(), *(found for _, found in MESSAGES)):
        for command in (*meaning.commands, *meaning.changes):
            assert command.format(**names).startswith("gcloud ")
