"""Published benchmarks, and which of their controls a check judges.

Plain data that knows check ids alone: renderers, selections and pages read it; nothing here judges anything.
A control that no check judges is not listed, so a framework here is never the whole of the published one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from diag.errors import UsageError
from diag.frameworks.cis import CIS_4_0, CIS_5_0
from diag.frameworks.framework import Control, Framework, Reference

FRAMEWORKS: tuple[Framework, ...] = (CIS_4_0, CIS_5_0)


def find(id: str) -> Framework:
    """The framework of that id; raises `UsageError` that names those there are."""
    for framework in FRAMEWORKS:
        if framework.id == id:
            return framework
    ids = [framework.id for framework in FRAMEWORKS]
    near = difflib.get_close_matches(id, ids, n=1)
    hint = f"did you mean {near[0]}?" if near else f"write one of: {', '.join(ids)}"
    raise UsageError(f"there is no framework {id}; {hint}")


def controls_of(check: str) -> Iterator[tuple[Framework, Control]]:
    """Every control that the check judges, wholly or in part."""
    for framework in FRAMEWORKS:
        yield from ((framework, control) for control in framework.controls if control.check == check)


def references(check: str, required: object = None) -> tuple[Reference, ...]:
    """The controls that one finding is about: of those that the check judges, the ones that ask for what was required.

    A finding without anything required, as when nothing could be seen, is about all of them.
    """
    found = (
        Reference(framework.id, framework.version, control.id, bool(control.lacks))
        for framework, control in controls_of(check)
        if required is None or not control.requires or str(required).lower() in control.requires
    )
    return tuple(dict.fromkeys(found))


def selected(pattern: str) -> Sequence[str] | None:
    """The ids of the checks behind `cis-gcp-5.0` or `cis-gcp-5.0:6.2.*`; None when no framework is meant."""
    id, colon, control = pattern.partition(":")
    if not colon and not any(framework.id == id for framework in FRAMEWORKS):
        return None
    framework = find(id)
    wanted = control if colon else "*"
    checks = [each.check for each in framework.controls if fnmatchcase(each.id, wanted)]
    if not checks:
        raise UsageError(
            f"no check judges control {control} of {framework.id}; type `diag checks --framework {framework.id}`"
        )
    return list(dict.fromkeys(checks))


__all__ = ["FRAMEWORKS", "Control", "Framework", "Reference", "controls_of", "find", "references", "selected"]
