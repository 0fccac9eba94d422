"""The known signatures: their data holds together, and each is found where it stands and nowhere else."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.logs.search import KINDS, search, winner
from diag.logs.signatures import DATA, Grade, Signature, in_logs, searched, signatures
from diag.requirements.patterns import compiled
from tests.logs.lines import DETAILS, LINES, LOOK_ALIKE, NO_LINE, OTHER_DETAILS, entry

ALL = signatures()
PLACES = {*KINDS, "probe", "resource", "metric", "derived"}
HOPS = {
    *("client", "dns", "lb-tls", "lb", "backend-service", "serverless-neg", "cloud-run-ingress", "cloud-run-revision"),
    *("egress", "vpc-connector", "nat", "cloud-sql-socket", "cloud-sql", "memorystore", "iam", "quota", "policy"),
}
TEXTS = [(id, line) for id, lines in LINES.items() for line in lines]
FOUND_BY_LINE = [(id, line) for id, line in TEXTS if ALL[id].where & set(KINDS)]


def found_in(text: str, id: str) -> list[str]:
    """The ids found in a line of the log in which that signature stands."""
    kind = next(kind for kind in KINDS if kind in ALL[id].where)
    return [one.what.id for one in search([entry(text, kind)])]


@pytest.mark.parametrize("one", ALL.values(), ids=lambda one: one.id)
def test_a_signature_says_what_it_means_and_what_to_do(one: Signature) -> None:
    assert one.hop in HOPS
    assert one.where <= PLACES
    assert not one.title.endswith(".")
    assert one.meaning.endswith(".")
    assert not one.caution or one.caution.endswith(".")
    assert one.look, "the next thing to look at"
    assert one.causes
    assert all(cause.why for cause in one.causes)
    assert one.docs
    assert all(page.startswith("https://") for page in one.docs)
    assert one.wins_over <= ALL.keys() - {one.id}
    commands = [text for text in (*one.look, *one.fix) if text.startswith("gcloud ")]
    assert all(set(re.findall(r"\{(.*?)\}", text)) <= {"service", "region", "project"} for text in commands)


def test_a_command_that_only_looks_changes_nothing() -> None:
    changing = r"gcloud [\w -]*? (add|create|delete|update|patch|set|enable|disable|deploy|remove|expand)[\w-]*"
    for one in ALL.values():
        assert not [text for text in one.look if re.match(changing, text)], one.id


def test_what_begins_like_a_command_is_one() -> None:
    for one in ALL.values():
        for text in (*one.look, *one.fix):
            assert not text.startswith("diag ") or re.fullmatch(r"diag (vpc|sql|run|lb|check --only \S+)", text), text
            assert text.isprintable()


def test_every_severity_fits_its_grade() -> None:
    for one in ALL.values():
        lowest = {Grade.ROOT: 3, Grade.PROXIMATE: 2, Grade.SYMPTOM: 1, Grade.CONTEXT: 1}[one.grade]
        assert one.severity >= lowest, one.id


def test_no_signature_is_without_an_example_and_a_look_alike() -> None:
    assert ALL.keys() == LINES.keys() | DETAILS.keys() | NO_LINE
    assert LINES.keys() == LOOK_ALIKE.keys()
    assert DETAILS.keys() == OTHER_DETAILS.keys()


@pytest.mark.parametrize("one", [one for one in ALL.values() if one.patterns], ids=lambda one: one.id)
def test_patterns_are_re2_safe(one: Signature) -> None:
    for pattern in one.patterns:
        compiled(f"(?im){pattern}")


@pytest.mark.parametrize(("id", "line"), TEXTS)
def test_a_line_shows_its_signature(id: str, line: str) -> None:
    assert any(searched(pattern).search(line) for pattern in ALL[id].patterns)


@pytest.mark.parametrize(("id", "line"), FOUND_BY_LINE)
def test_a_line_is_of_one_signature_alone(id: str, line: str) -> None:
    assert found_in(line, id) == [id]


@pytest.mark.parametrize(("id", "line"), [(id, line) for id, lines in LOOK_ALIKE.items() for line in lines])
def test_a_line_that_only_looks_like_it_does_not(id: str, line: str) -> None:
    assert not any(searched(pattern).search(line) for pattern in ALL[id].patterns)
    if ALL[id].where & set(KINDS):
        assert id not in found_in(line, id)


@pytest.mark.parametrize("id", DETAILS)
def test_a_field_shows_its_signature_by_value_and_status(id: str) -> None:
    for shown in DETAILS[id]:
        assert [one.what.id for one in search([shown])] == [id]
    for other in OTHER_DETAILS[id]:
        assert id not in [one.what.id for one in search([other])]


@pytest.mark.parametrize("one", [one for one in in_logs(KINDS) if one.patterns], ids=lambda one: one.id)
def test_every_line_of_a_signature_has_a_text_that_it_is_asked_for_by(one: Signature) -> None:
    assert all(one.fragments.values())

    @settings(max_examples=10, deadline=None)
    @given(st.data())
    def holds(pattern: str, texts: tuple[str, ...], data: st.DataObject) -> None:
        line = data.draw(st.from_regex(re.compile(pattern, re.I | re.M)))
        assert any(text in line.lower() for text in texts), line

    for pattern, texts in one.fragments.items():
        holds(pattern, texts)


def test_of_several_the_one_that_says_most_wins_unless_another_was_said_to() -> None:
    assert winner([ALL["app-dependency-timer"], ALL["redis-connect-timeout"]]).id == "redis-connect-timeout"
    assert winner([ALL["quota-resource-exhausted"], ALL["csql-quota-429"]]).id == "csql-quota-429"
    assert winner([ALL["pg-server-closed"], ALL["csql-403"]]).id == "csql-403"
    assert winner([ALL["cr-container-exit"]]).id == "cr-container-exit"


def test_the_order_does_not_matter() -> None:
    pair = [ALL["egress-internet-timeout"], ALL["csql-dial-3307-timeout"]]
    assert winner(pair) is winner(pair[::-1])


def test_no_pattern_is_written_twice() -> None:
    patterns = [pattern for one in ALL.values() for pattern in one.patterns]
    twice = {pattern for pattern in patterns if patterns.count(pattern) > 1}
    assert twice == {"Could not resolve host: "}, "in a probe it is the public name, in a container what it looked up"


def test_the_data_has_a_version() -> None:
    assert json.loads(DATA.read_text(encoding="utf-8"))["schema_version"] == 1
