"""Writing a recorded run: whole, or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from diag.bundle import format as layout
from diag.bundle.format import CALLS, MANIFEST, Manifest
from diag.calls import Answer, Call, Gap
from diag.errors import BundleError

_FIRST_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
RECORDER = "recorder@redacted.invalid"


def write(path: Path, manifest: Manifest, answers: Mapping[Call, Answer | Gap]) -> None:
    """Writes the calls to a folder, or to a zip when `path` ends in `.zip`.

    Replaces an earlier bundle there; what else lies in its folder stays. The answers are written as
    they are: the seam has redacted them. Raises `BundleError` when `path` holds something else or
    cannot be written; whatever goes wrong, no half-written bundle is left.
    """
    zipped = check_target(path)
    files = _files(manifest, answers)
    try:
        with _beside(path) as partial:
            if zipped:
                _write_zip(partial, files)
                os.replace(partial, path)
            else:
                _write_folder(partial, files)
                _replace_folder(partial, path)
    except OSError as error:
        why = error.strerror or error
        raise BundleError(f"{path}: the bundle cannot be written ({why}); give another path") from None


def _files(manifest: Manifest, answers: Mapping[Call, Answer | Gap]) -> Iterator[tuple[str, bytes]]:
    """Every file of the bundle, one at a time; the manifest last: without it a folder is no bundle."""
    sizes: dict[str, int] = {}
    for call, name in layout.paths(answers).items():
        content = layout.dump(layout.call_document(call, answers[call])).encode("utf-8")
        sizes[name] = len(content)
        yield name, content
    public = replace(manifest, principal=_public(manifest.principal))
    yield MANIFEST, layout.dump(layout.manifest_document(public, len(sizes), sizes)).encode("utf-8")


def _public(principal: str | None) -> str | None:
    """A service account stays; a person who recorded it does not go into the bundle."""
    if principal is None or "@" not in principal or principal.endswith((".gserviceaccount.com", "@redacted.invalid")):
        return principal
    return RECORDER


def check_target(path: Path) -> bool:
    """Whether the bundle there is to be a zip; raises `BundleError` where none can be written."""
    zipped = path.suffix.lower() == ".zip"
    try:
        ours = (not path.exists() and not path.is_symlink()) or _is_ours(path, zipped)
    except OSError as error:
        raise BundleError(f"{path}: {error.strerror or error}; give another path") from None
    if not path.parent.is_dir():
        raise BundleError(f"{path}: the folder {path.parent} does not exist; make it first: mkdir -p {path.parent}")
    if not ours:
        raise BundleError(f"{path}: is there already and is not a bundle; give another path")
    if not os.access(path.parent, os.W_OK):
        raise BundleError(f"{path}: the folder {path.parent} cannot be written to; give another path")
    return zipped


def _is_ours(path: Path, zipped: bool) -> bool:
    if zipped:
        return path.is_file() and zipfile.is_zipfile(path) and _holds_manifest(path)
    return path.is_dir() and not path.is_symlink() and (_is_bundle(path) or not any(path.iterdir()))


def _is_bundle(folder: Path) -> bool:
    try:
        return f'"format": "{layout.FORMAT}"' in (folder / MANIFEST).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _holds_manifest(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.rpartition("/")[2] == MANIFEST for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A fresh path in the same folder, so that a rename suffices; gone afterwards, Ctrl-C included."""
    partial = path.parent / f".{path.name}.{secrets.token_hex(4)}.partial"
    try:
        yield partial
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        else:
            partial.unlink(missing_ok=True)


def _write_folder(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    root.mkdir()
    for name, content in files:
        target = root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _write_zip(target: Path, files: Iterable[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(target, "x") as archive:
        for name, content in files:
            entry = zipfile.ZipInfo(name, _FIRST_ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)


def _replace_folder(partial: Path, path: Path) -> None:
    """Puts the new folder in place of an earlier bundle; brings the earlier one back when that fails."""
    if not path.exists():
        os.replace(partial, path)
        return
    earlier = partial.with_suffix(".earlier")
    os.replace(path, earlier)
    try:
        os.replace(partial, path)
    except BaseException:
        os.replace(earlier, path)
        raise
    (earlier / MANIFEST).unlink(missing_ok=True)
    if (earlier / CALLS).is_dir():
        shutil.rmtree(earlier / CALLS)
    for other in earlier.iterdir():
        os.replace(other, path / other.name)
    earlier.rmdir()
