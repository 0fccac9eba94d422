"""What to type so that more can be seen, or as the next step after a report."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from diag.render.layout import is_command
from diag.report import Finding, Report, Status

NOT_JUDGED = "not-judged"
"""What is observed of a declared line that this version has no check for."""

ROLE = "diagViewer"
_ENABLE = "gcloud services enable "


def unseen(report: Report) -> list[Finding]:
    """The unknown findings of things that were looked for and not seen."""
    return [finding for finding in with_status(report, Status.UNKNOWN) if finding.observed != NOT_JUDGED]


def not_judged(report: Report) -> list[Finding]:
    """The unknown findings of declared lines that no check of this version judges."""
    return [finding for finding in with_status(report, Status.UNKNOWN) if finding.observed == NOT_JUDGED]


def with_status(report: Report, *statuses: Status) -> list[Finding]:
    """The findings of those statuses, worst first, otherwise in the order of the report."""
    found = [finding for finding in report.findings if finding.status in statuses]
    return sorted(found, key=lambda finding: -finding.severity)


_REFUSALS = frozenset({"denied", "disabled", "unauthenticated", "timeout", "unavailable", "rate-limited"})
"""Kinds of gap that say the same of every call of a method in a project."""


def by_reason(findings: Sequence[Finding]) -> list[list[Finding]]:
    """The findings that share a reason and a missing permission, in the order of their first.

    Calls of one method that a project refuses alike share a reason, too.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        key = [finding.reason or finding.title]
        if isinstance(finding.observed, str) and finding.observed in _REFUSALS and finding.evidence:
            call = finding.evidence[0]
            key = [finding.observed, call.api, call.method, *call.resource.split("/")[:2]]
        groups.setdefault((finding.permission or "", *key), []).append(finding)
    return list(groups.values())


def is_disabled(finding: Finding) -> bool:
    """Whether an API made it unknown that only has to be switched on; without billing, say, the advice differs."""
    if finding.observed != "disabled" or not finding.evidence:
        return False
    return not finding.fix or finding.fix[0].command.startswith(_ENABLE)


def takes_the_role(finding: Finding) -> bool:
    """Whether a role on the project is what lets it be seen."""
    return bool(finding.permission) and not is_disabled(finding) and not _own_grant(finding)


def _own_grant(finding: Finding) -> list[str]:
    """The command that grants what is missing on one resource alone: a probe's secret, which no role should open."""
    return _advice([finding]) if finding.probe and finding.permission else []


def grants(report: Report) -> list[str]:
    """The commands that let the next run see what was denied to this one; none when nothing was.

    One a project, and one for each secret of a probe.
    """
    findings = unseen(report)
    commands = []
    for project in dict.fromkeys(_project(finding, report) for finding in findings):
        own = [finding for finding in findings if _project(finding, report) == project]
        parts = [*_enable(project, own), *_grant(project, own, report.origin.principal)]
        if parts:
            commands.append(" && ".join(parts))
    return list(dict.fromkeys([*commands, *(command for finding in findings for command in _own_grant(finding))]))


def widened_roles(report: Report) -> list[str]:
    """The commands for projects where the custom role exists already: they add permissions to it."""
    denied = [finding for finding in unseen(report) if takes_the_role(finding)]
    return [
        f"gcloud iam roles update {ROLE} --project {shlex.quote(project)} --add-permissions {_permissions(own)}"
        for project in dict.fromkeys(_project(finding, report) for finding in denied)
        if (own := [finding for finding in denied if _project(finding, report) == project])
    ]


def _enable(project: str, findings: Sequence[Finding]) -> list[str]:
    apis = sorted({finding.evidence[0].api for finding in findings if is_disabled(finding)})
    return [f"{_ENABLE}{shlex.join(apis)} --project {shlex.quote(project)}"] if apis else []


def _grant(project: str, findings: Sequence[Finding], principal: str | None) -> list[str]:
    denied = [finding for finding in findings if takes_the_role(finding)]
    if not denied:
        return []
    where = shlex.quote(project)
    return [
        f"gcloud iam roles create {ROLE} --project {where} --permissions {_permissions(denied)}",
        f"gcloud projects add-iam-policy-binding {where} --member {_member(principal)} "
        f"--role {shlex.quote(f'projects/{project}/roles/{ROLE}')}",
    ]


def _permissions(findings: Iterable[Finding]) -> str:
    return shlex.quote(",".join(sorted({finding.permission for finding in findings if finding.permission})))


def _member(principal: str | None) -> str:
    """The IAM member; EMAIL is for the user to fill in where the credentials do not say whose they are."""
    if not principal or not re.fullmatch(r"[^\s@]+@[\w.-]+\.[\w-]+", principal):
        return "user:EMAIL"
    kind = "serviceAccount" if principal.endswith(".gserviceaccount.com") else "user"
    return shlex.quote(f"{kind}:{principal}")


def _project(finding: Finding, report: Report) -> str:
    """Where to grant or enable: the project that was asked for (a Shared VPC host, say), or the quota project."""
    if finding.permission == "serviceusage.services.use" and report.origin.quota_project:
        return report.origin.quota_project
    enabled = re.search(r" --project (\S+)", finding.fix[0].command) if is_disabled(finding) and finding.fix else None
    if enabled:
        return enabled.group(1)
    asked = finding.evidence[0].resource if finding.evidence else finding.resource
    found = re.match(r"projects/([^/]+)", asked)
    return found.group(1) if found else report.project


def next_step(report: Report, fail_on: Status) -> str:
    """The last line: what to type next."""
    bad = with_status(report, Status.FAIL) or (with_status(report, Status.WARN) if fail_on is Status.WARN else [])
    if bad:
        return f"diag explain {bad[0].check}"
    if found := unseen(report):
        return (grants(report) or _advice(found) or [_look_again(report, found)])[0]
    if not_judged(report):
        return "diag checks"
    if warned := with_status(report, Status.WARN):
        return f"diag explain {warned[0].check}"
    if not report.findings:
        return f"gcloud projects describe {shlex.quote(report.project)}"
    return _check(report, "--record run.zip" if report.origin.kind == "live" else "")


def _advice(findings: Sequence[Finding]) -> list[str]:
    return [fix.command for finding in findings for fix in finding.fix if is_command(fix.command)]


def _look_again(report: Report, findings: Sequence[Finding]) -> str:
    if any(finding.observed == "timeout" for finding in findings):
        return _check(report, "--timeout 180s")
    return f"diag explain {findings[0].check}"


def _check(report: Report, options: str) -> str:
    environment = f"--env {shlex.quote(report.environment)}" if report.environment else ""
    return " ".join(part for part in ("diag check", environment, options) if part)
