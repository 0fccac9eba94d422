"""The bytes of a bundle: a folder or a zip read through one interface, within bounds, never outside itself."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from diag.bundle.format import CALLS, MANIFEST, MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES
from diag.errors import BundleError
from diag.values import dataclass


class Files(Protocol):
    """The files of one bundle."""

    def sizes(self) -> Mapping[str, int]:
        """The manifest and every file under `calls/`, by path, with the size in bytes."""
        ...

    def read(self, path: str) -> bytes:
        """The bytes of one of them; raises `BundleError` when it cannot be read."""
        ...


@contextmanager
def opened(path: Path) -> Iterator[Files]:
    """The files of the bundle at `path`; raises `BundleError` when there is none."""
    if path.is_dir():
        yield _Folder(path)
        return
    if not path.exists():
        raise BundleError(f"{path}: no such file or folder; record a bundle with `diag record -o PATH`")
    from diag.bundle.zipped import opened_zip  # a folder needs none of it

    with opened_zip(path) as files:
        yield files


@dataclass(frozen=True)
class _Folder:
    root: Path

    def sizes(self) -> Mapping[str, int]:
        sizes: dict[str, int] = {}
        total = 0
        for name in self._names():
            status = os.lstat(f"{self.root}/{name}")
            if stat.S_ISDIR(status.st_mode):
                continue
            if not stat.S_ISREG(status.st_mode):
                where = self.root / name
                raise BundleError(f"{where}: a bundle holds plain files only, no links; copy the file in its place")
            total += status.st_size
            bound(self.root, name, status.st_size, total, len(sizes))
            sizes[name] = status.st_size
        return sizes

    def _names(self) -> Iterator[str]:
        """The manifest and what is under `calls/`; a link is named and not followed."""
        if (self.root / MANIFEST).is_symlink() or (self.root / MANIFEST).is_file():
            yield MANIFEST
        if (self.root / CALLS).is_symlink():
            yield CALLS
            return
        for folder, folders, files in os.walk(self.root / CALLS):
            within = folder.removeprefix(f"{self.root}").replace(os.sep, "/").lstrip("/")
            yield from (f"{within}/{name}" for name in (*folders, *files))

    def read(self, path: str) -> bytes:
        try:
            with open(f"{self.root}/{path}", "rb") as file:
                return file.read()
        except OSError as error:
            raise BundleError(f"{self.root / path}: cannot be read ({error.strerror}); record anew") from None


def bound(where: Path, name: str, size: int, total: int, count: int) -> None:
    """Raises `BundleError` when a file, or what has been met with it, is larger than any bundle."""
    if size > MAX_FILE_BYTES:
        raise BundleError(f"{where}: {name} is larger than {MAX_FILE_BYTES // 2**20} MiB; record anew")
    if total > MAX_TOTAL_BYTES:
        raise BundleError(f"{where}: larger than {MAX_TOTAL_BYTES // 2**20} MiB in all; record anew")
    if count >= MAX_FILES:
        raise BundleError(f"{where}: more than {MAX_FILES:,} files, no bundle has so many; record anew")
