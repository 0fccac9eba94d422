"""The SHA-256 that a signed-off record names its files by; `sha256sum` gives the same."""

from __future__ import annotations

import hashlib
import shlex
from pathlib import Path

from diag.report import Standing

_LIST = "find manifest.json calls -type f | LC_ALL=C sort | xargs -d '\\n' sha256sum"


def standing(path: Path) -> Standing:
    """A file with its SHA-256; a bundle's folder with that of the list that `sha256sum` makes of its files."""
    shown = shlex.quote(str(path))
    if not path.is_dir():
        return Standing(str(path), _of_file(path), f"sha256sum {shown}")
    return Standing(str(path), _of_folder(path), f"(cd {shown} && {_LIST}) | sha256sum")


def _of_folder(path: Path) -> str:
    files = [path / "manifest.json", *(each for each in (path / "calls").rglob("*") if each.is_file())]
    lines = sorted((each.relative_to(path).as_posix(), _of_file(each)) for each in files)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in lines).encode()).hexdigest()


def _of_file(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
