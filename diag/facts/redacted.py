"""The marker that stands for a redacted value: its traits, from which a malformed host can still be judged.

`[redacted: 16-31 characters, newline, space, scheme postgresql, quotes, localhost, not "staging"]`: the
length class always, the others only where they apply, in this order. Redaction (`diag.bundle.redact`)
writes it and facts read it. No trait carries any part of the value: a scheme is named only when it is a
well-known one, and the text after `not` is the requirements file's, with which the value was compared.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from diag.values import dataclass

LENGTH_CLASSES = ((0, "0"), (7, "1-7"), (15, "8-15"), (31, "16-31"), (63, "32-63"))
LONGEST = "64+"
SCHEMES = (
    "amqp",
    "amqps",
    "clickhouse",
    "file",
    "ftp",
    "gs",
    "http",
    "https",
    "kafka",
    "ldap",
    "memcached",
    "mongodb",
    "mysql",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "smtp",
    "smtps",
    "sqlite",
    "sqlserver",
    "tcp",
    "unix",
    "ws",
    "wss",
    "other",
)

_LENGTHS = "|".join(re.escape(word) for word in (*(word for _, word in LENGTH_CLASSES), LONGEST))
MARKER = (
    rf"\[redacted: ({_LENGTHS}) characters(, newline)?(, space)?"
    rf"(?:, scheme ({'|'.join(SCHEMES)}))?(, quotes)?(, localhost)?(?:, not (\"(?:[^\"\\]|\\.)*\"))?\]"
)
_MARKER = re.compile(MARKER)
_SCHEME = re.compile(r"^[\s\"']*(?:(?i:jdbc):)?(?P<base>[A-Za-z][A-Za-z0-9.-]*)(?:\+[A-Za-z0-9.-]+)?://")
# Where a host stands: at the start, after `//`, after credentials, or in a list of hosts.
_LOCALHOST = re.compile(
    r"(?:^|//|[\s\"'@,;=\[(])(?:localhost(?:\.localdomain)?\.?|127(?:\.\d{1,3}){3}|::1|(?:0{1,4}:){7}0{0,3}1)(?![\w.-])"
)

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"
"""Of a keyboard, of a word processor, and of Markdown: each became part of the value."""


@dataclass(frozen=True)
class Traits:
    """What is said about a value that is not shown; `str()` of it is the marker."""

    length: str
    """Length class in characters: `0`, `1-7`, `8-15`, `16-31`, `32-63`, `64+`."""
    newline: bool = False
    """A line break anywhere, at the end included."""
    space: bool = False
    """White space other than a line break, or a character that shows nothing: a byte order mark, say."""
    scheme: str | None = None
    """The URL scheme that it starts with, without driver (`postgresql`); `other` for one of no known table."""
    quotes: bool = False
    """A quotation mark of any kind, or a backtick, anywhere."""
    localhost: bool = False
    """It names this machine as a host: `localhost`, 127.x.x.x, `::1`."""
    differs_from: str | None = None
    """The value that the requirements declared when it was redacted, and which it was not."""

    @classmethod
    def of(cls, value: str) -> Traits:
        """The traits of a value."""
        scheme = _SCHEME.match(value)
        base = scheme["base"].lower() if scheme else None
        return cls(
            length=next((word for limit, word in LENGTH_CLASSES if len(value) <= limit), LONGEST),
            newline="\n" in value or "\r" in value,
            space=any(_is_blank(letter) for letter in value),
            scheme=base if base is None or base in SCHEMES else "other",
            quotes=any(mark in value for mark in _QUOTES),
            localhost=bool(_LOCALHOST.search(value.casefold())),
        )

    def may_be(self, value: str) -> bool:
        """Whether the redacted value can be this one: of the same shape, and not known to be another."""
        return value != self.differs_from and replace(self, differs_from=None) == Traits.of(value)

    def __str__(self) -> str:
        said = [f"{self.length} characters"]
        said += ["newline"] if self.newline else []
        said += ["space"] if self.space else []
        said += [f"scheme {self.scheme}"] if self.scheme else []
        said += ["quotes"] if self.quotes else []
        said += ["localhost"] if self.localhost else []
        said += [f"not {json.dumps(self.differs_from)}"] if self.differs_from is not None else []
        return f"[redacted: {', '.join(said)}]"


def _is_blank(letter: str) -> bool:
    """Whether a character looks like nothing at all: white space, control or format characters, no line break."""
    return letter not in "\r\n" and (letter.isspace() or not letter.isprintable())


def parse_traits(text: str) -> Traits | None:
    """The traits that a marker says; None for text that is not exactly one marker."""
    found = _MARKER.fullmatch(text)
    if found is None:
        return None
    length, newline, space, scheme, quotes, localhost, differs_from = found.groups()
    try:
        other = json.loads(differs_from) if differs_from else None
    except ValueError:
        return None
    return Traits(length, bool(newline), bool(space), scheme, bool(quotes), bool(localhost), other)
