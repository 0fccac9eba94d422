"""A bundle in a zip, read without unpacking it; nothing in it points outside, nothing is read past its bounds."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from diag.bundle.files import Files, bound
from diag.bundle.format import CALLS, MANIFEST, MAX_FILES
from diag.errors import BundleError
from diag.values import dataclass


@contextmanager
def opened_zip(path: Path) -> Iterator[Files]:
    """The files of the bundle in the zip at `path`; raises `BundleError` when it is none, or damaged."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise BundleError(
            f"{path}: not a bundle; --from takes a folder that `diag record` wrote, or a .zip of one"
            + (", and this zip is damaged or cut off" if path.suffix == ".zip" else "")
        )
    try:
        with zipfile.ZipFile(path) as archive:
            yield _Zip.of(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise BundleError(f"{path}: the zip is damaged ({error}); copy it again, or record anew") from None


@dataclass(frozen=True)
class _Zip:
    path: Path
    archive: zipfile.ZipFile
    entries: Mapping[str, zipfile.ZipInfo]

    @classmethod
    def of(cls, path: Path, archive: zipfile.ZipFile) -> _Zip:
        if len(archive.infolist()) > MAX_FILES:
            raise BundleError(f"{path}: more than {MAX_FILES:,} entries, no bundle has so many; record anew")
        files = [entry for entry in archive.infolist() if not entry.is_dir()]
        for entry in archive.infolist():
            _check_entry(path, entry)
        root = _root(entry.filename for entry in files)
        inside: dict[str, zipfile.ZipInfo] = {}
        for entry in files:
            name = entry.filename.removeprefix(root)
            if not entry.filename.startswith(root) or (name != MANIFEST and not name.startswith(f"{CALLS}/")):
                continue
            if name in inside:
                raise BundleError(f"{path}: {name} is in the zip twice; record anew")
            inside[name] = entry
        return cls(path, archive, inside)

    def sizes(self) -> Mapping[str, int]:
        total = 0
        for count, (name, entry) in enumerate(self.entries.items()):
            total += entry.file_size
            bound(self.path, name, entry.file_size, total, count)
        return {name: entry.file_size for name, entry in self.entries.items()}

    def read(self, path: str) -> bytes:
        entry = self.entries[path]
        try:
            with self.archive.open(entry) as stream:
                return stream.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise BundleError(f"{self.path}: {path} is damaged ({error}); copy the zip again, or record anew") from None


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in entry.orig_filename or ":" in name.partition("/")[0]:
        raise BundleError(f"{path}: the entry {name!r} points outside the zip; this is no bundle of diag's")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise BundleError(f"{path}: the entry {name!r} is a link; a bundle holds plain files only")
    if entry.flag_bits & 0x1:
        raise BundleError(f"{path}: the zip is encrypted; unpack it, and give --from the folder")


def _root(names: Iterator[str]) -> str:
    """The folder inside the zip that holds the manifest nearest to the top."""
    manifests = [name for name in names if PurePosixPath(name).name == MANIFEST]
    return min(manifests, key=lambda name: name.count("/"), default="").removesuffix(MANIFEST)
