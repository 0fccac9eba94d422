"""Where the tests show the ids of the catalogue that are no checks of what was collected: of the file, and probes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from diag.lint.table import BY_NAME
from tests.lint.cases import CASES

_TESTS = Path(__file__).parents[1] / "tests"
_FROM_FILE = "never: the file alone decides"

_WAIVERS: Mapping[str, tuple[str, str, str]] = {
    "req.waiver-unused": (
        "test_waivers.py: test_what_is_met_leaves_the_waiver_unused",
        "test_waivers.py: test_a_waiver_may_name_checks_by_a_glob",
        "never: what was not seen makes no waiver unused, test_waivers.py: "
        "test_what_was_not_seen_is_neither_waived_nor_does_it_make_a_waiver_unused",
    ),
    "req.waiver-expired": (
        "test_waivers.py: test_it_holds_through_the_day_before_it_expires",
        "test_waivers.py: test_it_holds_through_the_day_before_it_expires",
        "never: the time of collection decides",
    ),
}
_LATE = "probes/test_run.py: test_the_run_ends_with_its_timeout_and_says_that_it_was_that"
_PROBES: Mapping[str, tuple[str, str, str]] = {
    "probe.dns": (
        "probes/test_run.py: test_a_name_that_does_not_resolve_ends_in_the_phase_dns",
        "probes/test_run.py: test_a_name_that_resolves",
        _LATE,
    ),
    "probe.tls": (
        "probes/test_tls.py: test_a_private_ca_must_be_named",
        "probes/test_tls.py: test_a_good_certificate_with_what_it_says",
        _LATE,
    ),
    "probe.http": (
        "probes/test_http.py: test_a_200_from_the_wrong_service",
        "probes/test_http.py: test_a_good_answer_with_every_phase",
        _LATE,
    ),
    "probe.websocket": (
        "probes/test_websocket.py: test_one_that_is_closed_before_its_time",
        "probes/test_websocket.py: test_upgrade_ping_and_hold",
        _LATE,
    ),
    "probe.postgres": (
        "probes/test_postgres.py: test_too_many_clients_in_its_own_words",
        "probes/test_postgres.py: test_with_the_password_it_goes_on_to_select_1",
        "probes/test_postgres.py: test_a_password_that_is_not_known_here_leaves_it_unknown",
    ),
    "probe.redis": (
        "probes/test_redis.py: test_a_wrong_password_is_the_applications",
        "probes/test_redis.py: test_with_the_password_it_goes_on_to_ping",
        "probes/test_redis.py: test_a_password_that_is_not_known_here_leaves_it_unknown",
    ),
}


def cells() -> Mapping[str, tuple[str, str, str]]:
    """For each id what shows it firing, silent and unknown; raises `ValueError` for a test that is not there."""
    lint: dict[str, list[str]] = {}
    for case in CASES:
        lint.setdefault(BY_NAME[case.rule].check, []).append(case.rule)
    rules = {check: "; ".join(dict.fromkeys(names)) for check, names in sorted(lint.items())}
    of_lint = {check: (f"lint/cases.py: {names}", "beside each of them", _FROM_FILE) for check, names in rules.items()}
    found = {**of_lint, **_WAIVERS, **_PROBES}
    for shown in found.values():
        for file, name in re.findall(r"([\w/]+\.py): (test_\w+)", " ".join(shown)):
            if f"def {name}(" not in (_TESTS / file).read_text(encoding="utf-8"):
                raise ValueError(f"tests/{file} has no {name}")
    return found
