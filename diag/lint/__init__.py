"""The requirements file judged by itself: what the platform cannot do, what contradicts itself, what nothing shows.

facts       platform facts: how well each is documented, and where
rule        what a rule is; words: values and questions that rules share
table       all rules; coverage: which rule or check answers for each known contradiction with the platform
cloud_run variables exposure egress connectors cloud_sql pools timeouts load_balancers certificates probes monitoring
            the rules, a module a topic
"""

from __future__ import annotations

from collections.abc import Sequence

from diag.lint.table import RULES
from diag.report import Finding, Status
from diag.requirements.model import NOWHERE, Requirements

IDS = ("req.infeasible", "req.contradiction", "req.unobservable")
"""The checks that the rules speak for."""


def lint(declared: Requirements, judged: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """A finding for each requirement that cannot hold or be seen, in the order of the files; empty when all can.

    Reads nothing but the requirements. `judged` are findings of the checks of one run, where there is
    one: a contradiction that a failing one of them confirms fails, where it otherwise warns.
    """
    failed = [one for one in judged if one.status is Status.FAIL]
    found = [finding for rule in RULES for finding in rule(declared, failed)]
    order = {file: index for index, file in enumerate(declared.files)}

    def place(finding: Finding) -> tuple[int, int, int]:
        at = finding.declared_at or NOWHERE
        return order.get(at.file, -1), at.line, at.column

    return tuple(sorted(found, key=place))
