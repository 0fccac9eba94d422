"""`diag.yaml` → `Requirements`, or every fault of every file at once."""

from __future__ import annotations

import os.path
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path

from diag.errors import RequirementsError
from diag.requirements.build import build
from diag.requirements.document import Document, Fault, Node, Table, merge, read_document, without
from diag.requirements.kinds import closest
from diag.requirements.model import Requirements
from diag.requirements.reading import Reading, read
from diag.requirements.rules import cross_faults
from diag.requirements.spec import FILE

FILE_NAME = "diag.yaml"


def find_file(start: Path) -> Path | None:
    """`diag.yaml` in `start` or in the nearest of its parents, or None; in `start` itself the path stays as given."""
    here = start / FILE_NAME
    if os.path.isfile(here):
        return here
    try:
        parents = start.resolve().parents
    except FileNotFoundError:  # the current folder was removed
        return None
    return next((path for folder in parents if os.path.isfile(path := folder / FILE_NAME)), None)


def without_file(project: str, region: str | None) -> Requirements:
    """Requirements that declare nothing: only what a check judges *always* is looked at."""
    return Requirements(project=project, region=region)


def load(
    paths: Sequence[Path], *, environment: str | None = None, project: str | None = None, region: str | None = None
) -> Requirements:
    """The requirements of one file or more (later ones override), with the overlay `environment` merged over them.

    `project` and `region` override what the files say. Raises `RequirementsError` with every fault of all
    files, `FILE:LINE:COLUMN: what is wrong; what to write`, in the order of the files and their lines.
    """
    documents = [read_document(path) for path in paths]
    faults = [fault for document in documents for fault in document.faults]
    for document in documents:
        # What another file or an overlay replaces is seen only here; in a file alone nothing is replaced.
        if document.root and (len(documents) > 1 or "environments" in document.root.entries):
            faults += read(document.root, FILE, complete=False).faults
    root = _merged(documents)
    reading = Reading()
    if root:
        effective, unknown = _with_overlay(root, environment)
        reading = read(effective, FILE, complete=True)
        faults += [*unknown, *reading.faults, *cross_faults(reading, root.place)]
    files = tuple(document.file for document in documents)
    if faults or not root:
        raise RequirementsError(_in_order(faults, files))
    return build(reading, files, environment, project, region)


def _merged(documents: Sequence[Document]) -> Table | None:
    """All files as one tree; None when one of them cannot be read, since the rest is then not the whole."""
    roots: list[Node] = [document.root for document in documents if document.root]
    if not roots or len(roots) < len(documents):
        return None
    whole = reduce(merge, roots)
    return whole if isinstance(whole, Table) else None


def _with_overlay(root: Table, environment: str | None) -> tuple[Table, list[Fault]]:
    """The tree with the overlay laid on it and without the overlays' section; a fault when there is none such."""
    base = without(root, "environments")
    if environment is None:
        return base, []
    entry = root.entries.get("environments")
    overlays = entry.value.entries if entry and isinstance(entry.value, Table) else {}
    if environment in overlays:
        merged = merge(base, overlays[environment].value)
        return (merged if isinstance(merged, Table) else base), []
    place = entry.place if entry else root.place
    names = tuple(overlays)
    guess = closest(environment, names)
    meant = f'did you mean "{guess}"? ' if guess else ""
    write = f"{meant}write --env {' or --env '.join(names)}" if names else "declare it under `environments:`"
    return base, [Fault(place, f'there is no environment "{environment}"', write)]


def _in_order(faults: Iterable[Fault], files: Sequence[str]) -> list[str]:
    """One line for each fault, in order of place; an overlay's fault, seen alone and merged, is one."""
    once = {(fault.place, fault.what, fault.write): fault for fault in reversed(tuple(faults))}
    ordered = sorted(
        once.values(),
        key=lambda fault: (files.index(fault.place.file), fault.place.line, fault.place.column, fault.what),
    )
    return [str(fault) for fault in ordered]
