"""What is written reads back the same, whole or not at all, and never over something else."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diag.bundle.format import Manifest, paths
from diag.bundle.read import BundleSource, read
from diag.bundle.write import write
from diag.calls import Answer, Call, Gap, GapKind
from diag.errors import BundleError

LOCATION = "projects/netra-staging/locations/us-central1"
MANIFEST = Manifest(
    project="netra-staging",
    region="us-central1",
    regions=("us-central1",),
    taken_at="2025-09-16T17:45:03Z",
    principal="diag-reader@netra-staging.iam.gserviceaccount.com",
    tool="0.1.0",
    synthetic="Made-up data.",
)
SERVICES = Call.of("run.services.list", parent=LOCATION)
ROUTES = Call.of("compute.routes.list", project="netra-staging")
ROUTERS = Call.of("compute.routers.aggregatedList", project="netra-staging")
DENIED = Gap(GapKind.DENIED, "routes may not be read", ROUTES, "compute.routes.list", "grant compute.routes.list")
LEFT_OUT = Gap(GapKind.PARTIAL, "regions/us-east1 could not be reached", ROUTERS)
ANSWERS: dict[Call, Answer | Gap] = {
    SERVICES: Answer({"services": [{"name": f"{LOCATION}/services/é"}]}),
    ROUTES: DENIED,
    ROUTERS: Answer({"items": {"regions/us-east1": {}}, "unreachables": ["regions/us-east1"]}, (LEFT_OUT,)),
}


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_bundle_reads_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, MANIFEST, ANSWERS)
    recorded = read(tmp_path / name)
    assert dict(recorded.answers) == ANSWERS
    assert {field: getattr(recorded, field) for field in vars(MANIFEST)} == vars(MANIFEST)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_was_zipped_with_its_name_is_read_too(tmp_path: Path) -> None:
    write(tmp_path / "bundle", MANIFEST, ANSWERS)
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        for path in (tmp_path / "bundle").rglob("*"):
            archive.write(path, path.relative_to(tmp_path))
    assert dict(read(tmp_path / "packed.zip").answers) == ANSWERS


def test_the_files_are_readable_and_the_same_every_time(tmp_path: Path) -> None:
    write(tmp_path / "one", MANIFEST, ANSWERS)
    write(tmp_path / "two", MANIFEST, dict(reversed(ANSWERS.items())))
    for path in (tmp_path / "one").rglob("*.json"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
    text = (tmp_path / "one/calls/compute.routes.list/netra-staging.json").read_text("utf-8")
    assert json.loads(text) == {
        "method": "compute.routes.list",
        "request": {"project": "netra-staging"},
        "gap": {
            "kind": "denied",
            "message": "routes may not be read",
            "permission": "compute.routes.list",
            "advice": "grant compute.routes.list",
        },
    }
    assert text.startswith('{\n  "method"')


def test_a_zip_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    write(tmp_path / "one.zip", MANIFEST, ANSWERS)
    write(tmp_path / "two.zip", MANIFEST, ANSWERS)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abAB./:- ü", min_size=1, max_size=200), min_size=2, max_size=6, unique=True))
def test_every_call_has_a_path_of_its_own_whatever_its_request(names: list[str]) -> None:
    calls = [Call.of("run.revisions.get", name=name) for name in names]
    named = paths(calls)
    assert len({path.lower() for path in named.values()}) == len(calls)
    assert all(len(path.rpartition("/")[2]) < 150 and ".." not in Path(path).parts for path in named.values())


def test_a_call_that_was_not_recorded_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path / "bundle", MANIFEST, ANSWERS)
    source = BundleSource(read(tmp_path / "bundle"))
    assert source.fetch(SERVICES, 1) == ANSWERS[SERVICES]
    missing = source.fetch(Call.of("sql.instances.list", project="netra-staging"), 1)
    assert isinstance(missing, Gap)
    assert missing.kind is GapKind.NOT_COLLECTED
    assert "not in the bundle" in missing.message
    assert "diag record" in missing.advice


def test_a_person_who_records_does_not_go_into_the_bundle(tmp_path: Path) -> None:
    write(tmp_path / "bundle", Manifest(**{**vars(MANIFEST), "principal": "ada@example.com"}), ANSWERS)
    assert read(tmp_path / "bundle").principal == "recorder@redacted.invalid"


class Interrupted(Mapping[Call, Answer | Gap]):
    """Answers whose user presses Ctrl-C in the middle."""

    def __iter__(self) -> Iterator[Call]:
        return iter(ANSWERS)

    def __len__(self) -> int:
        return len(ANSWERS)

    def __getitem__(self, call: Call) -> Answer | Gap:
        if call == SERVICES:
            raise KeyboardInterrupt
        return ANSWERS[call]


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / name, MANIFEST, Interrupted())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["bundle", "bundle.zip"])
def test_a_failure_leaves_the_earlier_bundle(tmp_path: Path, name: str) -> None:
    write(tmp_path / name, MANIFEST, ANSWERS)
    unwritable: dict[Call, Answer | Gap] = {**ANSWERS, SERVICES: Answer({"services": [{"name": float("nan")}]})}
    with pytest.raises(ValueError, match="JSON"):
        write(tmp_path / name, MANIFEST, unwritable)
    assert dict(read(tmp_path / name).answers) == ANSWERS
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_an_earlier_bundle_is_replaced_and_what_lies_beside_it_stays(tmp_path: Path) -> None:
    write(tmp_path / "bundle", MANIFEST, ANSWERS)
    (tmp_path / "bundle/diag.yaml").write_text("version: 1\n")
    fewer: dict[Call, Answer | Gap] = {ROUTES: DENIED}
    write(tmp_path / "bundle", MANIFEST, fewer)
    assert dict(read(tmp_path / "bundle").answers) == fewer
    assert (tmp_path / "bundle/diag.yaml").read_text() == "version: 1\n"
    assert not (tmp_path / "bundle/calls/run.services.list").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_something_else_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/todo.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "file.zip").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "notes")
    for name in ("notes", "file", "file.zip", "link"):
        with pytest.raises(BundleError, match="is not a bundle; give another path"):
            write(tmp_path / name, MANIFEST, ANSWERS)
    assert (tmp_path / "notes/todo.txt").read_text() == (tmp_path / "file.zip").read_text() == "mine"


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    write(tmp_path / "bundle", MANIFEST, ANSWERS)
    assert dict(read(tmp_path / "bundle").answers) == ANSWERS


def test_a_missing_parent_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="mkdir -p"):
        write(tmp_path / "no/such/bundle", MANIFEST, ANSWERS)
