"""A bundle that is not one, or is damaged, gives one clear line that ends in what to do."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diag.bundle import format as layout
from diag.bundle.read import read
from diag.bundle.write import write
from diag.errors import BundleError
from tests.bundle.test_roundtrip import ANSWERS, MANIFEST

ROUTES = "calls/compute.routes.list/netra-staging.json"
SERVICES = "calls/run.services.list/netra-staging_us-central1.json"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    write(tmp_path / "bundle", MANIFEST, ANSWERS)
    return tmp_path / "bundle"


def refused(path: Path) -> str:
    """The one line that says why the bundle is refused."""
    with pytest.raises(BundleError) as caught:
        read(path)
    message = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in message
    assert str(path) in message
    assert ";" in message
    return message


def put(bundle: Path, name: str, content: bytes) -> None:
    """Changes a file and its size in the manifest: damage that the sizes do not show."""
    (bundle / name).write_bytes(content)
    doc = json.loads((bundle / "manifest.json").read_text("utf-8"))
    doc["files"][name] = len(content)
    (bundle / "manifest.json").write_text(json.dumps(doc))


def change(bundle: Path, **fields: Any) -> None:
    """Changes fields of the manifest."""
    doc = json.loads((bundle / "manifest.json").read_text("utf-8"))
    (bundle / "manifest.json").write_text(json.dumps({**doc, **fields}))


def test_no_such_path(tmp_path: Path) -> None:
    assert "no such file or folder; record a bundle with `diag record" in refused(tmp_path / "nothing")


def test_a_folder_that_is_no_bundle(tmp_path: Path) -> None:
    assert "not a bundle, it has no manifest.json" in refused(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\xff" * 50])
def test_a_file_that_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.zip").write_bytes(content)
    assert "not a bundle" in refused(tmp_path / "some.zip")


@pytest.mark.parametrize("doc", [b"[]", b"{}", b'{"format": "other"}', b"null"])
def test_a_manifest_of_something_else(bundle: Path, doc: bytes) -> None:
    (bundle / "manifest.json").write_bytes(doc)
    assert "of something else" in refused(bundle)


@pytest.mark.parametrize("version", [2, "1", None])
def test_another_version(bundle: Path, version: object) -> None:
    change(bundle, version=version)
    assert "this diag reads version 1" in refused(bundle)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"project": 7}, '"project" is not a text'),
        ({"taken_at": "yesterday"}, "not a time such as"),
        ({"taken_at": "2025-09-16T17:45:03"}, "not in UTC"),
        ({"taken_at": "2025-09-16T17:45:03+02:00"}, "not in UTC"),
        ({"regions": "us-central1"}, '"regions" is not a list'),
        ({"files": []}, '"files" is not an object'),
        ({"calls": 7}, '"calls" is 7'),
        ({"files": {"../outside.json": 2}}, "no file under calls/"),
        ({"files": {"calls/../../x.json": 2}}, "no file under calls/"),
        ({"files": {"/etc/passwd": 2}}, "no file under calls/"),
    ],
)
def test_a_manifest_of_wrong_shape(bundle: Path, fields: dict[str, Any], said: str) -> None:
    change(bundle, **fields)
    assert said in refused(bundle)


def test_a_missing_file(bundle: Path) -> None:
    (bundle / ROUTES).unlink()
    assert f"{ROUTES} is missing" in refused(bundle)


def test_an_extra_file(bundle: Path) -> None:
    (bundle / "calls/extra.json").write_text("{}")
    assert "calls/extra.json is not listed" in refused(bundle)


def test_a_truncated_file(bundle: Path) -> None:
    content = (bundle / ROUTES).read_bytes()
    (bundle / ROUTES).write_bytes(content[:-10])
    assert f"{ROUTES} has {len(content) - 10} bytes instead of {len(content)}" in refused(bundle)


def test_several_faults_are_counted(bundle: Path) -> None:
    (bundle / ROUTES).unlink()
    (bundle / SERVICES).unlink()
    assert "and 1 more such" in refused(bundle)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{\n  "method": ]', f"{ROUTES}:2:13: not JSON"),
        (b"", f"{ROUTES}:1:1: not JSON"),
        (b'"\xff"', f"{ROUTES}: not UTF-8 text"),
        (b"[NaN]", "NaN is not a JSON value"),
        (b'["\\ud800"]', "surrogates not allowed"),
        (b"[" * 200 + b"]" * 200, "nested deeper than 100 levels"),
        (b"[" * 200_000 + b"]" * 200_000, "nested deeper than 100 levels"),
        (b"[" + b"9" * 5000 + b"]", "integer string conversion"),
        (b"[]", "not a JSON object"),
        (b'{"method": "run.services.delete", "request": {}}', "not one that this version of diag knows"),
        (b'{"method": ["x"], "request": {}}', "not one that this version of diag knows"),
        (b'{"method": "compute.routes.list", "request": []}', '"request" is not an object'),
        (b'{"method": "compute.routes.list", "request": {}}', '"request" lacks project'),
    ],
)
def test_a_call_that_cannot_be_read(bundle: Path, content: bytes, said: str) -> None:
    put(bundle, ROUTES, content)
    assert said in refused(bundle)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ({}, 'either "answer" or "gap"'),
        ({"answer": {}, "gap": {}}, 'either "answer" or "gap"'),
        ({"answer": []}, '"answer" is not an object'),
        ({"answer": {"items": {}}}, "is not a list of resources"),
        ({"answer": {"items": ["x"]}}, "is not a list of resources"),
        ({"answer": {}, "partial": {}}, '"partial" is not a list'),
        ({"gap": {"kind": "tired", "message": "x"}}, "kind 'tired'; known are denied"),
        ({"gap": {"kind": "denied"}}, '"message" is not a text'),
        ({"gap": []}, "a gap is not an object"),
    ],
)
def test_an_answer_of_wrong_shape(bundle: Path, rest: dict[str, Any], said: str) -> None:
    doc = {"method": "compute.routes.list", "request": {"project": "netra-staging"}, **rest}
    put(bundle, ROUTES, json.dumps(doc).encode())
    assert said in refused(bundle)


def test_scopes_of_wrong_shape(bundle: Path) -> None:
    name = "calls/compute.routers.aggregatedList/netra-staging.json"
    request = {"method": "compute.routers.aggregatedList", "request": {"project": "netra-staging"}}
    for answer, said in (
        ({"items": [1]}, "object of scopes"),
        ({"items": {"global": {"routers": 1}}}, "list of resources"),
    ):
        put(bundle, name, json.dumps({**request, "answer": answer}).encode())
        assert said in refused(bundle)


def test_a_call_that_is_there_twice(bundle: Path) -> None:
    put(bundle, SERVICES, (bundle / ROUTES).read_bytes())
    assert "is in the bundle twice" in refused(bundle)


def test_a_link_in_place_of_a_file(bundle: Path) -> None:
    (bundle / ROUTES).rename(bundle.parent / "elsewhere.json")
    (bundle / ROUTES).symlink_to(bundle.parent / "elsewhere.json")
    assert "plain files only" in refused(bundle)


# Zips


def packed(bundle: Path, extra: Callable[[zipfile.ZipFile], None] | None = None) -> Path:
    """The bundle as a zip, with what `extra` adds."""
    path = bundle.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for found in sorted(bundle.rglob("*")):
            archive.write(found, found.relative_to(bundle))
        if extra:
            extra(archive)
    return path


@pytest.mark.parametrize("name", ["../evil.json", "/evil.json", "calls/../../evil.json", "C:/evil.json"])
def test_a_zip_that_points_outside_itself(bundle: Path, name: str) -> None:
    assert "points outside the zip" in refused(packed(bundle, lambda archive: archive.writestr(name, "{}")))


def test_a_link_in_a_zip(bundle: Path) -> None:
    entry = zipfile.ZipInfo("calls/link.json")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is a link" in refused(packed(bundle, lambda archive: archive.writestr(entry, "/etc/hostname")))


def test_a_zip_with_a_file_twice(bundle: Path) -> None:
    def again(archive: zipfile.ZipFile) -> None:
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("manifest.json", "{}")

    assert "in the zip twice" in refused(packed(bundle, again))


def test_a_zip_bomb(bundle: Path) -> None:
    bomb = bytes(layout.MAX_FILE_BYTES + 1)
    assert "larger than 64 MiB" in refused(packed(bundle, lambda archive: archive.writestr("calls/bomb.json", bomb)))


def test_a_zip_bomb_of_many_files(bundle: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(5):
            archive.writestr(f"calls/bomb{number}.json", bytes(layout.MAX_FILE_BYTES))

    assert "larger than 256 MiB in all" in refused(packed(bundle, fill))


def test_a_zip_that_was_cut_off(bundle: Path) -> None:
    path = packed(bundle)
    path.write_bytes(path.read_bytes()[:-40])
    assert "this zip is damaged or cut off" in refused(path)


def test_a_zip_with_flipped_bytes(bundle: Path) -> None:
    path = packed(bundle)
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x03\x04", 10) + 60
    content[place : place + 40] = bytes(40)
    path.write_bytes(bytes(content))
    assert "damaged" in refused(path)
