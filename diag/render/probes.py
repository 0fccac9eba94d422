"""The probes at a glance: each with its outcome, time and phases; two vantages side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from diag.render.layout import cells, visible
from diag.report import Finding, ProbeDetails, Status


def lines(findings: Sequence[Finding], symbols: Mapping[Status, str]) -> Iterator[str]:
    """A heading and one line for each probe; nothing when there is none."""
    details = [(finding, finding.probe) for finding in findings if finding.probe]
    vantages = list(dict.fromkeys(probe.vantage for _, probe in details))
    if not details:
        return
    letters = [chr(ord("A") + index % 26) for index in range(len(vantages))]
    names = list(dict.fromkeys(finding.resource for finding, _ in details))
    width = max(cells(visible(name)) for name in names)
    yield f"Probes from {visible(vantages[0])}" if len(vantages) == 1 else "Probes side by side"
    if len(vantages) > 1:
        yield from (f"  {letter}  {visible(vantage)}" for letter, vantage in zip(letters, vantages, strict=True))
    for name in names:
        own = {probe.vantage: (finding, probe) for finding, probe in details if finding.resource == name}
        shown = [_outcome(*own[vantage], symbols) if vantage in own else "not probed" for vantage in vantages]
        if len(vantages) > 1:
            shown = [f"{letter} {text:<28}" for letter, text in zip(letters, shown, strict=True)]
        else:
            shown = [f"{shown[0]:<28}", _phases(own[vantages[0]][1])]
        label = visible(name) + " " * (width - cells(visible(name)))
        yield f"  {label}  {'  '.join(shown)}".rstrip()


def _outcome(finding: Finding, probe: ProbeDetails, symbols: Mapping[Status, str]) -> str:
    took = sum(probe.timings_s.values())
    where = "" if finding.status is Status.PASS else f" at {visible(probe.phase)}"
    return f"{symbols[finding.status]} {finding.status.value:<7} {took:.3f} s{where}"


def _phases(probe: ProbeDetails) -> str:
    said = " · ".join(f"{visible(phase)} {seconds:.3f}" for phase, seconds in probe.timings_s.items())
    samples = probe.samples
    if not samples:
        return said
    times = "" if samples.median_s is None else f"median {samples.median_s:.3f} s, p95 {samples.p95_s:.3f} s, "
    return f"{times}lost {samples.lost} of {samples.taken}"
