"""`--from` something that is not a whole bundle of this version: exit 2, with what to do; nothing leaves the zip."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import HEAD, RESTORED, Shell, files_below

Damage = Callable[[Path], object]


def manifest(**changes: object) -> Damage:
    def damage(bundle: Path) -> None:
        doc = json.loads((bundle / "manifest.json").read_text())
        (bundle / "manifest.json").write_text(json.dumps(doc | changes))

    return damage


def call(bundle: Path) -> Path:
    return max((bundle / "calls").rglob("*.json"), key=lambda path: path.stat().st_size)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def brackets(path: Path) -> None:
    path.write_bytes(b"[" * path.stat().st_size)


DAMAGES: dict[str, tuple[Damage, str]] = {
    "of another version": (manifest(version=7), "a bundle of version 7, recorded by diag '0.1.0'"),
    "of another format": (manifest(format="x"), "its manifest.json is of something else"),
    "without a manifest": (lambda bundle: (bundle / "manifest.json").unlink(), "not a bundle, it has no manifest.json"),
    "with a manifest cut off": (lambda bundle: cut(bundle / "manifest.json"), "copy it again or record anew"),
    "with a file cut off": (lambda bundle: cut(call(bundle)), "has 100 bytes instead of"),
    "with a file missing": (lambda bundle: call(bundle).unlink(), "is missing; copy it again or record anew"),
    "with a file nested too deep": (lambda bundle: brackets(call(bundle)), "nested deeper than 100 levels"),
    "with a link": (lambda bundle: (bundle / "calls/x.json").symlink_to("/etc/passwd"), "plain files only, no links"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_folder_is_refused(name: str, diag: Shell) -> None:
    damage, said = DAMAGES[name]
    bundle = diag.folder / "bundle"
    shutil.copytree(RESTORED, bundle)
    damage(bundle)
    diag("check", "--from", "bundle").refused(2, "diag: bundle", said)


def zipped(path: Path, *more: tuple[str, bytes]) -> None:
    """The restored bundle as a zip, with some more entries."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(RESTORED.rglob("*.json")):
            archive.write(file, file.relative_to(RESTORED))
        for name, content in more:
            archive.writestr(name, content)


def test_a_zip_is_as_good_as_its_folder(diag: Shell) -> None:
    zipped(diag.folder / "ok.zip")
    of_zip, of_folder = (
        diag("sql", "--only", "sql.not-running", "--from", path, "-q") for path in ("ok.zip", RESTORED)
    )
    assert of_zip == of_folder


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("../../evil.json", b"{}", "points outside the zip"),
        ("/etc/evil.json", b"{}", "points outside the zip"),
        ("calls/run.services.list/bomb.json", b"0" * (65 * 2**20), "larger than 64 MiB; record anew"),
    ],
    ids=["parent folder", "absolute", "bomb"],
)
def test_a_hostile_zip_is_refused_and_writes_nothing(name: str, content: bytes, said: str, diag: Shell) -> None:
    zipped(diag.folder / "odd.zip", (name, content))
    diag("check", "--from", "odd.zip").refused(2, "diag: odd.zip: ", said)
    assert files_below(diag.folder) == {"odd.zip"}


def test_a_zip_that_is_cut_off_is_refused(diag: Shell) -> None:
    zipped(diag.folder / "half.zip")
    whole = (diag.folder / "half.zip").read_bytes()
    diag.write("half.zip", whole[: len(whole) // 2])
    diag("check", "--from", "half.zip").refused(2, "this zip is damaged or cut off")


def test_what_is_no_bundle_at_all_is_refused(diag: Shell) -> None:
    diag.write("notes.txt", "x")
    (diag.folder / "empty").mkdir()
    diag("check", "--from", "absent").refused(2, "no such file or folder; record a bundle with `diag record -o PATH`")
    diag("check", "--from", "empty").refused(2, "it has no manifest.json; --from takes what `diag record` wrote")
    diag("check", "--from", "notes.txt").refused(2, "--from takes a folder that `diag record` wrote")


def test_a_bundle_of_another_project_than_the_file_is_refused(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD.replace("netra-staging", "netra-production"))
    diag("check", "--from", RESTORED).refused(2, "was recorded from netra-staging", "diag.yaml names netra-production")


def test_a_region_that_was_not_recorded_is_unknown(diag: Shell) -> None:
    done = diag("check", "--from", RESTORED, "--region", "us-east1", "--only", "run.*")
    assert done.code == 3
    assert "is not in the bundle" in done.out
    assert "record again" in done.out
