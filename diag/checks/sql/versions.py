"""The version of a Cloud SQL instance and its flags, against what is supported and declared."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diag.checks.check import Verdict, check, fails, passes, skips, warns
from diag.checks.sql.connections import FLAGS_DOCS
from diag.checks.sql.instances import declared_instances, declaring, gcloud, on_hosted, on_instance
from diag.checks.sql.state import VERSION_DOCS
from diag.checks.subjects import InstanceView
from diag.facts.base import instant
from diag.facts.sql import Instance
from diag.facts.sql_settings import END_OF_LIFE, RESTARTING_FLAGS
from diag.facts.world import World
from diag.report import Fix, JsonValue, Severity
from diag.requirements.model import Requirements

NEAR_DAYS = 180
"""So long before the end of its support a version warns."""


@check(
    "sql.version-end-of-life",
    Severity.MEDIUM,
    declared_instances,
    reads=("instances",),
    docs=(VERSION_DOCS, "https://www.postgresql.org/support/versioning/"),
)
@on_hosted
def version_end_of_life(view: InstanceView, world: World, declared: Requirements) -> Verdict:
    """The database version is out of its community's support, or will be soon.

    After the end no fault of its security is mended any more, and the platform moves to extended
    support at a price.

    Reads `databaseVersion` against the published dates; within 180 days of the end it warns. A version that the
    file itself asks for only warns, too, when its end is past.

    Plan a major version upgrade.
    """
    instance = view.instance
    version = instance.version
    named = {(version.engine, version.number[:length]) for length in (1, 2)}
    end = next((day for key, day in END_OF_LIFE.items() if key in named), None)
    if end is None:
        return skips(f"no end of support is known for {instance.text('databaseVersion')}")
    today = instant(world.taken_at).date()
    left = (end - today).days
    details = {
        "required": "a version in support",
        "observed": f"{instance.text('databaseVersion')}, supported until {end}",
        "evidence": (instance.evidence("databaseVersion"),),
    }
    if left > NEAR_DAYS:
        return passes(**details)
    asked = bool(view.wanted and view.wanted.database_version == instance.text("databaseVersion"))
    verdict = fails if left < 0 and not asked else warns
    when = f"ended on {end}" if left < 0 else f"ends on {end}, in {left} days"
    fix = (Fix(gcloud("patch", instance, "--database-version VERSION")),)
    return verdict(reason=f"the support of {instance.short}'s version {when}", fix=fix, **details)


@check(
    "sql.flags-differ",
    Severity.MEDIUM,
    declaring("flags"),
    reads=("instances",),
    facts=("SET-07", "SET-08"),
    docs=(FLAGS_DOCS,),
)
@on_instance
def flags_differ(view: InstanceView, world: World, declared: Requirements) -> Iterator[Verdict]:
    """A database flag has another value than declared.

    Reads `settings.databaseFlags`; a flag that is not set has PostgreSQL's default, which is not read.

    Set the flag; setting flags replaces the whole list, and some take effect with a restart only.
    """
    wanted = view.wanted.flags if view.wanted else {}
    found = {flag.name: flag for flag in view.instance.flags}
    for name, value in wanted.items():
        flag = found.get(name)
        same = flag is not None and _plain(flag.value) == _plain(value)
        details = {
            "required": f"{name} = {value}",
            "observed": flag.value if flag else "not set",
            "evidence": (
                view.instance.evidence(
                    flag.path if flag else "settings.databaseFlags", flag.value if flag else "not set"
                ),
            ),
            "declared_at": view.wanted.at(f"flags.{name}") if view.wanted else None,
        }
        if same:
            yield passes(**details)
            continue
        restart = "; the database restarts for it" if name in RESTARTING_FLAGS else ""
        yield fails(
            reason=f"{view.instance.short} runs with another {name} than declared{restart}",
            fix=(Fix(gcloud("patch", view.instance, f'--database-flags "{_all_flags(view.instance, name, value)}"')),),
            **details,
        )


def _plain(value: JsonValue) -> str | float:
    """A flag's value as it compares: booleans are `on` and `off` [SET-07], and 1.0 is 1."""
    text = str(value).strip().lower()
    if re.fullmatch(r"[+-]?[0-9]+(\.[0-9]*)?", text, re.ASCII):
        return float(text)
    return {"true": "on", "false": "off"}.get(text, text)


def _all_flags(instance: Instance, name: str, value: str) -> str:
    flags = {flag.name: flag.value for flag in instance.flags} | {name: value}
    return ",".join(f"{key}={item}" for key, item in flags.items())
