"""What a framework is: a published list of controls, and for each the check that judges it."""

from __future__ import annotations

from diag.values import dataclass


@dataclass(frozen=True)
class Control:
    """One control that one check judges."""

    id: str
    """As the framework numbers it: `6.5`."""
    title: str
    """What it asks for, in our words."""
    check: str
    when: str = ""
    """What has to be declared for the check to judge it."""
    lacks: str = ""
    """What of the control the check does not judge: a pass is then not yet conformity."""
    requires: tuple[str, ...] = ()
    """Where only some findings of the check are about it: what these require, in small letters."""

    @property
    def note(self) -> str:
        """`when` and `lacks` in one line; empty when there is nothing to add."""
        return "; ".join(text for text in (self.when, self.lacks and f"not judged: {self.lacks}") if text)


@dataclass(frozen=True)
class Framework:
    """A published benchmark of one version."""

    id: str
    """As `--framework` and `--only` name it."""
    name: str
    version: str
    url: str
    """The publisher's page."""
    source: str
    """Where the numbers of the controls were read."""
    controls: tuple[Control, ...]


@dataclass(frozen=True)
class Reference:
    """A control as a finding names it."""

    framework: str
    version: str
    id: str
    partial: bool
    """Whether the check judges a part of the control only."""

    def __str__(self) -> str:
        return f"{self.framework}:{self.id}"
