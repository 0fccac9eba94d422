"""What looks secret and what looks plain: names, values, and tokens inside text.

Errs on the side of redacting: what is hidden without need costs a word of evidence, what is shown
without need cannot be taken back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from diag.facts.redacted import Traits, parse_traits

CERTIFICATE = "[redacted: certificate]"
PRIVATE_KEY = "[redacted: private key]"

# Where a pattern is a text, it is compiled for what may match it at all; few runs meet any of it. Names are folded to
# lower case before they are searched: a pattern for any case takes four times as long to compile.

# A name is secret-like when one of its parts is one of these words, …
_SECRET_PARTS = frozenset(
    {"auth", "authorization", "bearer", "cert", "certs", "certificate", "certificates", "cookie", "cookies", "cred"}
    | {"creds", "dsn", "hmac", "jwk", "jwt", "key", "keys", "mnemonic", "oauth", "otp", "pass", "passcode", "pem"}
    | {"pin", "private", "psw", "pw", "salt", "sas", "seed", "session", "sig", "signature", "signing", "ssh", "totp"}
    | {"pfx", "webhook", "webhooks"}
)
# … or when it contains one of these, however it is written together (`DBPASSWORD`, `SMTPPASS`, `appkey`).
_SECRET_STEMS = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|(?:(?<!by)(?<!com)(?<!tres)(?<!sur)pass|auth|creds)(?![a-z])"
    r"|(?:access|account|api|app|client|consumer|enc|license|master|private|server|shared|sign|storage)[_-]?key"
)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_PEM = r"(?s)-----BEGIN (?P<label>[A-Z0-9 ]+)-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)"

# Secret wherever it stands, the whole match.
_URL_WITH_LOGIN = (
    r"\b(?!https?://)[A-Za-z][A-Za-z0-9+.-]{0,30}://\S*@\S+"  # a password may hold an unescaped slash
    r"|\b[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]*@\S+"
)
_TOKEN_HEAD = re.compile(
    r"eyJ|AKIA|ASIA|AIza|ya29\.|1//0|GOCSPX-|gh[opsur]_|github_pat_|glpat-|xox|hf_|npm_|whsec_|[spr]k[-_]|SG\."
)
_TOKENS = (
    r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"  # JSON Web Token
    r"|(?:AKIA|ASIA)[0-9A-Z]{12,}"  # AWS access key id
    r"|AIza[0-9A-Za-z_-]{20,}"  # Google API key
    r"|ya29\.[0-9A-Za-z._-]+"  # Google OAuth access token
    r"|\b1//0[0-9A-Za-z_-]{20,}"  # Google OAuth refresh token
    r"|GOCSPX-[0-9A-Za-z_-]+"  # Google OAuth client secret
    r"|gh[opsur]_[0-9A-Za-z]{20,}"
    r"|github_pat_[0-9A-Za-z_]{20,}"
    r"|glpat-[0-9A-Za-z_-]{16,}"
    r"|xox[abeoprs]-[0-9A-Za-z-]{10,}"
    r"|\b(?:hf|npm|whsec)_[0-9A-Za-z]{16,}"
    r"|\b[spr]k[-_](?:[a-z]+[-_])*(?=[0-9A-Za-z]{6,})[0-9A-Za-z_-]{16,}"
    r"|\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}"
)
# Long and mixed, or long hexadecimal other than an image digest; judged in free text and in values only:
# identifiers of the platform (etag, uid, fingerprint) look the same.
_SHORTEST_MIXED = 24
_RUN = "[A-Za-z0-9+/_-]"
_ENTROPY = re.compile(
    rf"(?<![A-Za-z0-9])(?={_RUN}{{0,200}}[a-z])(?={_RUN}{{0,200}}[A-Z])(?={_RUN}{{0,200}}\d){_RUN}{{24,}}={{0,2}}"
    r"|(?<![0-9A-Za-z:@])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])"
)
# As in messages of the platform: collections in letters, names in small letters, digits and hyphens.
_RESOURCE = (
    r"(?:[a-z0-9]{1,20}/){0,4}projects/[a-z0-9-]{1,63}(?:/global)?"
    r"(?:/[a-z]{1,20}(?:[A-Z][a-z]{1,20}){0,4}/[a-z0-9-]{1,63}){1,4}"
)
_HEXADECIMAL = r"[0-9a-f]{32,}"
# `user:password@host` without a scheme; members of IAM policies and image digests look the same.
_LOGIN = (
    r"(?<![\w:/.@-])"
    r"(?!(?i:account|deleted|domain|email|from|group|mailto|principal|principalSet|serviceAccount|to|user):)"
    r"[\w.+%-]{1,64}:[^\s@/:]{1,200}@(?!(?i:sha256):|[\w.-]*(?i:gserviceaccount\.com))[\w.-]+"
)

# Of these the name stays and the value goes: `password=…`, `?token=…`, `--api-key …`, `Bearer …`.
# A run of letters is read once and from its start, so that no text takes quadratic time.
_NAMED = re.compile(
    r"(?<![\w.-])(?P<name>[\w.-]++)\\{0,3}[\"']?\s{0,3}(?P<sign>=>|:=|[=:])\s{0,3}"
    r"|(?<!\S)--?(?P<flag>[A-Za-z][\w.-]*+)\s{1,3}(?!-)"
)
_VALUE = re.compile(
    r"(?P<kind>(?i:basic|bearer|digest|token)\s+)?"
    r"(?P<value>\"[^\"]*\"|'[^']*'|\\{1,3}\"[^\"\\]*\\{1,3}\"|[^\s,;&\"']+)"
)
_HARMLESS = re.compile(r"latest|true|false|null|none|\d{1,9}|projects/.*")
# After a colon many a word is prose (`key: not found`); these are not.
_BEFORE_COLON = re.compile(
    r"passw|passphrase|pwd|secret|token|credential|authorization|cookie|signature|(?:access|api|private)[_-]?key"
)
_NUMERIC = re.compile(r"pass|pwd|pin|otp")
_BEARER = r"(?i)(?P<keep>\b(?:bearer|basic)\s+)(?=\S*[\d._=]|\S{20})(?P<value>[A-Za-z0-9._~+/=-]{6,})"
_USER = r"(?P<keep>(?<!\S)(?:-u|--user|--proxy-user)[ =]\s{0,3})(?P<value>[^\s:]+:\S+)"
_COOKIE = r"(?i)(?P<keep>\bcookie[\"']?\s{0,3}[=:]\s{0,3})(?!\[redacted)(?P<value>[^\r\n\"']+)"

# As SQL, settings and prose say it (`PASSWORD 'x'`, `requirepass x1`, `the password is x1`), and as XML does.
_PHRASE_HEAD = re.compile(r"password|passphrase|requirepass|masterauth|identified|api[ _]key")
_PHRASE = (
    r"(?i)(?P<keep>\b(?:password|passphrase|requirepass|masterauth|identified\s{1,3}by|api[ _]key)"
    r"(?:\s{1,3}is|:)?\s{1,3})"
    r"(?P<value>'[^']+'|\"[^\"]+\"|(?=\S{0,200}\d)(?=\S{0,200}[A-Za-z])[^\s/:'\"]{6,})"
)
_ELEMENT = r"(?i)(?P<keep><[\w.-]{0,30}(?:passw|pwd|secret|token|credential|api-?key)[\w.-]{0,30}>)(?P<value>[^<\[]+)"


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether a variable, flag, header or label of that name may hold a secret."""
    parts = (part.lower() for part in _PARTS.findall(name))
    return not _SECRET_PARTS.isdisjoint(parts) or bool(_SECRET_STEMS.search(name.casefold()))


def is_secret_value(value: str) -> bool:
    """Whether the value shows by itself that it holds a secret."""
    return redact_free_text(value) != value


def mark(value: str, declared: str | None = None) -> str:
    """The marker for a value, which says of a `declared` one that the value is another; a marker stays as it is."""
    if parse_traits(value) or value in (CERTIFICATE, PRIVATE_KEY):
        return value
    told = declared if declared is not None and declared != value and redact_tokens(declared) == declared else None
    return str(replace(Traits.of(value), differs_from=told))


def redact_value(name: str, value: str, declared: str | None = None) -> str:
    """The value of a variable: itself when short and plain under a harmless name, else its marker.

    A value that the requirements file states itself stays, unless it is a credential on its face. A port is
    no secret, whatever its variable is called.
    """
    if value == declared and redact_tokens(value) == value:
        return value
    is_port = name.lower().endswith("port") and re.fullmatch(r"\d{1,5}", value)
    harmless = is_port or not is_secret_name(name)
    return value if harmless and is_plain(value) else mark(value, declared)


def redact_tokens(text: str) -> str:
    """The text without what is secret wherever it stands: keys, tokens, `password=…`, URLs with credentials, PEM."""
    if "-----BEGIN" in text:
        text = re.sub(_PEM, lambda found: PRIVATE_KEY if "PRIVATE" in found["label"] else CERTIFICATE, text)
    if "=" in text:
        text = _redact_named(text, signs="=")
    if "@" in text and "://" in text:
        return re.sub(f"{_URL_WITH_LOGIN}|{_TOKENS}", _whole, text)
    return re.sub(_TOKENS, _whole, text) if _TOKEN_HEAD.search(text) else text


def redact_free_text(text: str) -> str:
    """As `redact_tokens`, and besides `password: …`, `--password …`, `Bearer …`, `user:password@host` and long
    mixed strings: for messages, arguments and values.
    """
    text = redact_tokens(text)
    folded = text.casefold()
    if "bearer" in folded or "basic" in folded:
        text = re.sub(_BEARER, _value_only, text)
    if "-u" in text:
        text = re.sub(_USER, _value_only, text)
    if "cookie" in folded:
        text = re.sub(_COOKIE, _value_only, text)
    if _PHRASE_HEAD.search(folded):
        text = re.sub(_PHRASE, _value_only, text)
    if "</" in text:
        text = re.sub(_ELEMENT, _value_only, text)
    text = _redact_named(text, signs=":-")
    if "@" in text:
        text = re.sub(_LOGIN, _whole, text)
    return _ENTROPY.sub(_mixed, text) if len(text) >= _SHORTEST_MIXED else text


def _whole(found: re.Match[str]) -> str:
    return mark(found[0])


def _mixed(found: re.Match[str]) -> str:
    """A long mixed string redacted, unless it is the name of a resource, which mixes as much."""
    is_name = "projects/" in found[0] and re.fullmatch(_RESOURCE, found[0]) and not re.search(_HEXADECIMAL, found[0])
    return found[0] if is_name else mark(found[0])


def _value_only(found: re.Match[str]) -> str:
    return found["keep"] + mark(found["value"])


def _redact_named(text: str, signs: str) -> str:
    """The text with the value after each secret-like name replaced; `-` stands for a flag and a space."""
    shown: list[str] = []
    at = 0
    for named in _NAMED.finditer(text):
        if named.start() < at or not _names_secret(named, signs):
            continue
        value = _VALUE.match(text, named.end())
        if value and not _is_harmless(named, value["value"]):
            shown += [text[at : value.start("value")], mark(value["value"])]
            at = value.end()
    return "".join(shown) + text[at:]


def _names_secret(named: re.Match[str], signs: str) -> bool:
    name, sign = named["name"] or named["flag"], named["sign"] or "-"
    if sign[0] not in signs:
        return False
    if sign == ":":
        in_path = named.string[max(named.start() - 1, 0) : named.start()] == "/"  # an image and its tag
        return not in_path and bool(_BEFORE_COLON.search(name.casefold()))
    return is_secret_name(name)


def _is_harmless(named: re.Match[str], value: str) -> bool:
    """Whether it is redacted already, or is no secret under any name; of digits, unless the name asks for them."""
    if value.isdecimal() and _NUMERIC.search((named["name"] or named["flag"]).casefold()):
        return False
    return value.startswith("[redacted") or bool(_HARMLESS.fullmatch(value.casefold()))


# Plain shapes

_WORD = re.compile(
    r"(?:(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{1,23})\d{0,4}|\d{1,6}[a-z]{0,3})"
    r"(?:[-_.](?:(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{1,23})\d{0,4}|\d{1,6}[a-z]{0,3}))*"
)
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?[A-Za-z%]{0,3}")
_HOST = re.compile(r"(?:(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}\.?|localhost)(?P<port>:\d{1,5})?")
_SOCKET = re.compile(r"/cloudsql(?:/[a-z0-9:._-]{1,110}(?:/\.s\.PGSQL\.\d{1,5})?)?")
_SERVICE_ACCOUNT = re.compile(r"[a-z0-9-]{1,64}@[a-z0-9.-]{1,100}\.gserviceaccount\.com")
_LONGEST_WORD = 63
_LONGEST_PLAIN = 200


def is_plain(value: str) -> bool:
    """Whether it is a short plain shape: address, host, port, boolean, number, word, socket path, URL.

    White space and quotes around it are a fault to be seen, not a secret.
    """
    core = value.strip().strip("\"'").strip()
    if not core:
        return True
    if len(value) > _LONGEST_PLAIN or redact_tokens(core) != core or _ENTROPY.search(core):
        return False
    return any(shape(core) for shape in _SHAPES)


def _is_word(text: str) -> bool:
    return len(text) <= _LONGEST_WORD and bool(_WORD.fullmatch(text))


def _is_number(text: str) -> bool:
    return bool(_NUMBER.fullmatch(text))


def _is_address(text: str) -> bool:
    host, port = text, ""
    if text.startswith("["):
        host, _, port = text[1:].partition("]")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if port.strip(":") and not re.fullmatch(r":?\d{1,5}", port):
        return False
    try:
        ipaddress.ip_network(host, strict=False)
    except ValueError:
        return False
    return True


def _is_host(text: str) -> bool:
    return bool(_HOST.fullmatch(text))


def _is_path(text: str) -> bool:
    return bool(_SOCKET.fullmatch(text) or _SERVICE_ACCOUNT.fullmatch(text))


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    if url.scheme not in ("http", "https", "ws", "wss") or "@" in text or url.fragment:
        return False
    host = url.netloc
    words = [part for part in url.path.split("/") if part]
    pairs = parse_qsl(url.query, keep_blank_values=True)
    words += [word for _, word in pairs if word]
    named = all(_is_word(name) and not is_secret_name(name) for name, _ in pairs)
    return named and (_is_host(host) or _is_address(host)) and all(_is_word(word) for word in words)


_SHAPES: tuple[Callable[[str], bool], ...] = (_is_word, _is_number, _is_host, _is_address, _is_path, _is_url)
