"""From options to the runs of the gate: what one run looks at, and what it stands on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from diag.cli.options import Options
from diag.cli.probing import measure, passwords, requirements
from diag.errors import UsageError
from diag.gate.digest import standing
from diag.gate.rule import Rule
from diag.probes.declared import declared_probes
from diag.render.remedy import NOT_JUDGED
from diag.report import Finding, Origin, Report, Standing, Status
from diag.requirements.catalogue import CHECK_IDS, PROBES
from diag.requirements.model import Requirements

_MET = (Status.PASS, Status.SKIP, Status.WAIVED)


class Looking:
    """The checks and probes of one command line, each time that they are looked at; `Looks` of the gate.

    A recording is one look at the project, however often it is read: several of them (`--from` repeated) are as
    many runs, and where probes are declared these make each run a new one.
    """

    def __init__(
        self, options: Options, bundles: Sequence[Path], timeout_s: float | None, environ: Mapping[str, str]
    ) -> None:
        self._environ = dict(environ)
        self._probe_timeout_s = timeout_s or 0.0
        only, skip = _of_checks(options.only), _of_checks(options.skip)
        self._asks_checks = not options.only or bool(only)
        self._patterns = (options.only, options.skip)
        self._options = replace(options, only=only, skip=skip, timeout_s=timeout_s or options.timeout_s)
        self._bundles = tuple(bundles)
        self._done = 0
        self._taken_at = ""
        self._declared: Requirements | None = None
        self._passwords = passwords(self._options, self._environ)

    @property
    def declared(self) -> Requirements:
        """The requirements that the runs are about; loads them where no check has."""
        if self._declared is None:
            self._declared = requirements(self._options)
        return self._declared

    @cached_property
    def rule(self) -> Rule:
        """The gate's rule of the file."""
        return Rule.of(self.declared)

    @property
    def last(self) -> bool:
        """Whether all recordings have been read, and there is no probe that could say something new."""
        return bool(self._bundles) and self._done >= len(self._bundles) and not self._probes()

    @property
    def stands_on(self) -> Standing | None:
        """The recording that the last run's checks come from, read or written by it; None when there is none."""
        path = self._bundle(self._done - 1) or self._options.record
        return standing(path) if path and self._asks_checks else None

    def whole(self) -> Report:
        """Every selected check and probe, in one report."""
        started = time.perf_counter()
        self._passwords = passwords(self._options, self._environ)
        report = self._checked(replace(self._options, bundle=self._bundle(self._done)))
        self._done += 1
        if 1 < self._done <= len(self._bundles) and report.origin.taken_at <= self._taken_at:
            raise UsageError(
                f"--from {report.origin.path} was not recorded after the bundle before it; a recording counts as one "
                "run: give different ones, oldest first"
            )
        self._taken_at = report.origin.taken_at
        return self._finished(report, (*report.findings, *self._probed(self._probes())), started)

    def again(self, before: Report) -> Report:
        """The report with what did not pass in it looked at anew; all of it where that is recorded or has no part."""
        bad = [finding for finding in before.findings if finding.status not in _MET]
        probes = [name for name in self._probes() if any(each.probe and each.resource == name for each in bad)]
        checks = tuple(sorted({each.check for each in bad if _can_turn(each)}))
        if self._options.record or not (probes or (checks and not self._bundles)):
            return self.whole()
        started = time.perf_counter()
        self._passwords = passwords(self._options, self._environ)
        asked = bool(checks) and not self._bundles
        report = self._checked(replace(self._options, only=checks)) if asked else before
        kept = [each for each in before.findings if not _looked_at(each, checks if asked else (), probes)]
        fresh = [each for each in report.findings if asked and each.check in checks]
        return self._finished(report, (*kept, *fresh, *self._probed(probes)), started)

    def probed(self, before: Report) -> Report:
        """The report with all its probes measured anew, with the passwords that the last whole look has read."""
        started = time.perf_counter()
        kept = [finding for finding in before.findings if not finding.probe]
        return self._finished(before, (*kept, *self._probed(self._probes())), started)

    def _bundle(self, number: int) -> Path | None:
        """The recording of that run, counted from 0; of later runs the newest."""
        return self._bundles[min(number, len(self._bundles) - 1)] if self._bundles else None

    def _checked(self, options: Options) -> Report:
        if not self._asks_checks:
            return _nothing_asked(self.declared)
        from diag.cli.session import perform

        result = perform("check", options, self._environ)
        self._declared = result.run.declared
        return result.report

    def _probes(self) -> tuple[str, ...]:
        """The names of the probes that are declared and selected."""
        only, skip = self._patterns
        section = self.declared.sections.get("probes", {})
        if not section:
            return ()
        found = declared_probes(self.declared, (), self._environ)
        return tuple(
            probe.name
            for probe in found
            if (not only or any(fnmatchcase(probe.check, pattern) for pattern in only))
            and not any(fnmatchcase(probe.check, pattern) for pattern in skip)
        )

    def _probed(self, names: Sequence[str]) -> tuple[Finding, ...]:
        if not names:
            return ()
        probes = declared_probes(self.declared, names, self._environ)
        chosen = len(names) < len(self.declared.sections["probes"])
        return measure(self.declared, probes, self._probe_timeout_s, self._environ, self._passwords, chosen=chosen)

    def _finished(self, report: Report, findings: Sequence[Finding], started: float) -> Report:
        if not findings:
            raise UsageError("there is nothing to validate: no check was selected, and no probe is declared")
        notes = tuple(dict.fromkeys((*report.notes, *self._notes(findings))))
        took = round(time.perf_counter() - started, 3)
        return replace(report, findings=tuple(findings), notes=notes, duration_s=took)

    def _notes(self, findings: Sequence[Finding]) -> list[str]:
        only, skip = self._patterns
        notes = []
        if self._bundles and any(finding.probe for finding in findings):
            notes.append("the checks of every run stand on the recording; only the probes were measured anew")
        if only or skip:
            left = [*(f"--only {one}" for one in only), *(f"--skip {one}" for one in skip)]
            notes.append(f"not the whole gate: {' '.join(left)}")
        return notes


def _of_checks(patterns: Sequence[str]) -> tuple[str, ...]:
    """The patterns but those that mean probes alone."""

    def means(pattern: str, ids: Sequence[str]) -> bool:
        return any(fnmatchcase(id, pattern) for id in ids)

    return tuple(one for one in patterns if means(one, CHECK_IDS) or not means(one, PROBES))


def _can_turn(finding: Finding) -> bool:
    """Whether looking at the project again could give another answer, and there is a check that looks."""
    return not finding.probe and finding.observed != NOT_JUDGED and not finding.check.startswith("req.")


def _looked_at(finding: Finding, checks: Sequence[str], probes: Sequence[str]) -> bool:
    return finding.resource in probes if finding.probe else finding.check in checks


def _nothing_asked(declared: Requirements) -> Report:
    from diag.cli.session import now

    origin = Origin(kind="live", taken_at=now(), project_from=declared.files[-1])
    return Report(declared.project, declared.region, declared.environment, origin, 0.0, ())
