"""The report as workflow commands of GitHub Actions: annotations at the lines of the requirements file.

GitHub documents three kinds and shows ten of each a step. What fails is an error. What warns, and what could not
be decided, is a warning: a notice is for information, and an undecided requirement ends the step with exit code 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from diag.render import remedy
from diag.render.detail import facts, of_the_whole, short_name, some
from diag.render.layout import visible
from diag.render.verdict import verdict
from diag.report import Finding, Place, Report, Status

DOCS = "https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands"


def render(report: Report, fail_on: Status = Status.FAIL, named: Callable[[str], str] = str) -> str:
    """A command a line, worst first, and the verdict; `named` gives a file's path in the repository.

    What could not be seen for one reason is one annotation.
    """
    word, said = verdict(report, fail_on)
    warned = "error" if fail_on is Status.WARN else "warning"
    lines = [
        *(_finding("error", finding, named) for finding in remedy.with_status(report, Status.FAIL)),
        *(_finding(warned, finding, named) for finding in remedy.with_status(report, Status.WARN)),
        *(_unseen(group, named) for group in remedy.by_reason(remedy.unseen(report))),
        *(_finding("warning", finding, named) for finding in remedy.not_judged(report)),
        *_whole(report),
        f"{word}   {said}",
    ]
    return "\n".join(lines) + "\n"


def _finding(kind: str, finding: Finding, named: Callable[[str], str]) -> str:
    word = finding.severity.word if finding.status is Status.FAIL else finding.status.value
    said = [f"{visible(finding.title)}: {visible(finding.resource)}"]
    said += [f"{label}: {text}" for label, text in facts(finding)]
    said += [f"{'fix' if fix.mutates else 'look'}: {visible(fix.command)}" for fix in finding.fix]
    return _command(kind, finding.declared_at, f"{word} {finding.check}", said, named)


def _whole(report: Report) -> Iterator[str]:
    whole = of_the_whole(report)
    if whole and whole.status is not Status.PASS:
        kind = "error" if whole.status is Status.FAIL else "warning"
        yield _command(kind, None, visible(whole.title), [visible(whole.reason)], str)


def _unseen(group: Sequence[Finding], named: Callable[[str], str]) -> str:
    first = group[0]
    said = [visible(first.reason or first.title)]
    if first.permission:
        said.append(f"needs: {visible(first.permission)}")
    said.append(f"checks: {visible(some(finding.check for finding in group))}")
    said.append(f"on: {visible(some(short_name(finding.resource) for finding in group))}")
    place = next((finding.declared_at for finding in group if finding.declared_at), None)
    return _command("warning", place, "unknown: could not be seen", said, named)


def _command(kind: str, place: Place | None, title: str, said: Sequence[str], named: Callable[[str], str]) -> str:
    properties = [*_place(place, named), ("title", title)]
    written = ",".join(f"{key}={_property(visible(text))}" for key, text in properties)
    return f"::{kind} {written}::{_data(chr(10).join(said))}"


def _place(place: Place | None, named: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if place:
        yield from (("file", named(place.file)), ("line", str(place.line)), ("col", str(place.column)))


def _data(text: str) -> str:
    """As the toolkit of GitHub Actions escapes a message: the only place where a line may end."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
