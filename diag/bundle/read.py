"""Reading a recorded run; whatever is wrong with it is one `BundleError` that says where and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from diag.bundle.files import Files, opened
from diag.bundle.format import (
    FORMAT,
    MANIFEST,
    MAX_DEPTH,
    VERSION,
    FormatError,
    Manifest,
    parse_call,
    parse_files,
    parse_manifest,
)
from diag.calls import Answer, Call, Gap, GapKind, Json
from diag.errors import BundleError
from diag.logs.query import covers, covers_signatures
from diag.values import dataclass

_RECORD_AGAIN = "record again with this version and these requirements: diag record -o PATH"


@dataclass(frozen=True, kw_only=True)
class Recorded(Manifest):
    """A recorded run: what its manifest says, and every call with its answer or gap."""

    path: Path
    answers: Mapping[Call, Answer | Gap]


@dataclass(frozen=True)
class BundleSource:
    """Answers calls from a recorded run, without the network."""

    recorded: Recorded

    def fetch(self, call: Call, timeout_s: float) -> Answer | Gap:
        """The recorded answer or gap; a call that was not recorded is a gap that says so."""
        said = f"{call} is not in the bundle {self.recorded.path}"
        gap = Gap(GapKind.NOT_COLLECTED, said, call, advice=_RECORD_AGAIN)
        return self.recorded.answers.get(call) or self._by_another_filter(call) or gap

    def _by_another_filter(self, call: Call) -> Answer | None:
        """The entries of the same log that were recorded for other requirements, or by another version of diag."""
        found: Answer | None = None
        for other, answer in self.recorded.answers.items():
            same = other.method.topic == call.method.topic == "log_entries" and other.target == call.target
            if same and isinstance(answer, Answer):
                if covers(other["filter"], call["filter"]):
                    return answer
                by_patterns = covers_signatures(other["filter"], call["filter"])
                lines = "lines of declared patterns" if by_patterns else "lines"
                said = f"the log of {call.target} was recorded for other requirements: {lines} may be missing"
                kind = GapKind.NOT_COLLECTED if by_patterns else GapKind.PARTIAL
                gap = Gap(kind, said, call, advice=_RECORD_AGAIN)
                found = Answer(answer.doc, (*answer.partial, gap))
        return found


def read(path: Path) -> Recorded:
    """The recorded run in the folder or zip at `path`; raises `BundleError` when it is not whole and sound."""
    try:
        with opened(path) as files:
            return _read(path, files)
    except OSError as error:
        raise BundleError(f"{path}: cannot be read ({error.strerror or error}); check its permissions") from None


def _read(path: Path, files: Files) -> Recorded:
    sizes = files.sizes()
    if MANIFEST not in sizes:
        raise BundleError(f"{path}: not a bundle, it has no {MANIFEST}; --from takes what `diag record` wrote")
    doc = _load(path, MANIFEST, files.read(MANIFEST))
    _check_version(path, doc)
    try:
        manifest, listed = parse_manifest(doc), parse_files(doc)
    except FormatError as error:
        raise BundleError(f"{path}: {MANIFEST}: {error}; record anew") from None
    _check_files(path, listed, {name: size for name, size in sizes.items() if name != MANIFEST})
    return Recorded(**vars(manifest), path=path, answers=_answers(path, files, listed))


def _check_version(path: Path, doc: Any) -> None:
    if not isinstance(doc, dict) or doc.get("format") != FORMAT:
        raise BundleError(f"{path}: not a bundle, its {MANIFEST} is of something else; --from takes `diag record`'s")
    if doc.get("version") != VERSION:
        raise BundleError(
            f"{path}: a bundle of version {doc.get('version')!r}, recorded by diag {doc.get('tool')!r}; "
            f"this diag reads version {VERSION}: use that diag, or record anew with this one"
        )


def _check_files(path: Path, listed: Mapping[str, int], found: Mapping[str, int]) -> None:
    faults = [f"{name} is missing" for name in listed if name not in found]
    faults += [f"{name} is not listed in {MANIFEST}" for name in found if name not in listed]
    faults += [
        f"{name} has {found[name]} bytes instead of {size}"
        for name, size in listed.items()
        if found.get(name, size) != size
    ]
    if faults:
        more = f", and {len(faults) - 1} more such" if len(faults) > 1 else ""
        raise BundleError(
            f"{path}: the bundle is not as it was recorded: {faults[0]}{more}; copy it again or record anew"
        )


def _answers(path: Path, files: Files, listed: Mapping[str, int]) -> dict[Call, Answer | Gap]:
    answers: dict[Call, Answer | Gap] = {}
    for name in listed:
        doc = _load(path, name, files.read(name))
        try:
            call, answer = parse_call(doc)
        except FormatError as error:
            raise BundleError(f"{path}: {name}: {error}; use the diag that recorded it, or record anew") from None
        if call in answers:
            raise BundleError(f"{path}: {name}: the call {call} is in the bundle twice; record anew")
        answers[call] = answer
    return answers


def _load(path: Path, name: str, raw: bytes) -> Json:
    """The JSON in a file of the bundle; raises `BundleError` with its line and column."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(path, name, f"not UTF-8 text (byte {error.start})")
    try:
        doc = json.loads(text, parse_constant=_no_constant)
        depth = _depth(doc)
        if "\\ud" in text.lower():
            json.dumps(doc, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        raise BundleError(
            f"{path}: {name}:{error.lineno}:{error.colno}: not JSON ({error.msg}); copy it again or record anew"
        ) from None
    except RecursionError:
        depth = MAX_DEPTH + 1
    except ValueError as error:
        _refuse(path, name, str(error))
    if depth > MAX_DEPTH:
        _refuse(path, name, f"nested deeper than {MAX_DEPTH} levels")
    return doc  # type: ignore[no-any-return]


def _refuse(path: Path, name: str, why: str) -> NoReturn:
    raise BundleError(f"{path}: {name}: {why}; copy it again or record anew") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON value")


def _depth(doc: Any) -> int:
    """Levels of nesting, counted without recursion; stops just past the bound."""
    level, depth = [doc], 0
    while level and depth <= MAX_DEPTH:
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        depth += 1
    return depth
