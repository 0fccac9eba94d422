"""What looks secret and what looks plain: names, values, and tokens inside text.

Errs on the side of redacting: what is hidden without need costs a word of evidence, what is shown
without need cannot be taken back.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from diag.facts.redacted import MARKER, Traits, parse_traits

CERTIFICATE = "[redacted: certificate]"
PRIVATE_KEY = "[redacted: private key]"

# A name is secret-like when one of its parts is one of these words, …
_SECRET_PARTS = re.compile(
    "auth|authorization|bearer|certs?|certificates?|cookies?|creds?|dsn|hmac|jwk|jwt|keys?|oauth|otp|pass|pem|pfx"
    "|private|pwd|salt|session|sig|signature|signing|ssh|totp",
    re.IGNORECASE,
)
# … or when it contains one of these, however it is written together (`DBPASSWORD`, `apikey`).
_SECRET_STEMS = re.compile(r"passw|passphrase|secret|token|credential|(?:api|access|private)[_-]?key", re.IGNORECASE)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

PEM = re.compile(r"-----BEGIN (?P<label>[A-Z0-9 ]+)-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)

# Secret wherever it stands, the whole match.
_TOKENS = re.compile(
    r"\b(?!https?://)[A-Za-z][A-Za-z0-9+.-]{0,30}://\S*@\S+"  # a password may hold an unescaped slash
    r"|\b[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#]*@\S+"
    r"|eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"  # JSON Web Token
    r"|(?:AKIA|ASIA)[0-9A-Z]{12,}"  # AWS access key id
    r"|AIza[0-9A-Za-z_-]{20,}"  # Google API key
    r"|ya29\.[0-9A-Za-z._-]+"  # Google OAuth access token
    r"|GOCSPX-[0-9A-Za-z_-]+"  # Google OAuth client secret
    r"|gh[opsur]_[0-9A-Za-z]{20,}"
    r"|github_pat_[0-9A-Za-z_]{20,}"
    r"|glpat-[0-9A-Za-z_-]{16,}"
    r"|xox[abeoprs]-[0-9A-Za-z-]{10,}"
    r"|\b[spr]k[-_](?:[a-z]+[-_])*[0-9A-Za-z]{16,}"
    r"|\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}"
)
# Long and mixed, or long hexadecimal other than an image digest; judged in free text and in values only:
# identifiers of the platform (etag, uid, fingerprint) look the same.
_RUN = "[A-Za-z0-9+/_-]"
_ENTROPY = re.compile(
    rf"(?<![A-Za-z0-9])(?={_RUN}{{0,200}}[a-z])(?={_RUN}{{0,200}}[A-Z])(?={_RUN}{{0,200}}\d){_RUN}{{24,}}={{0,2}}"
    r"|(?<![0-9A-Za-z:@])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])"
)

# Of these the name stays and the value goes: `password=…`, `?token=…`, `Bearer …`.
# Runs are bounded so that no text takes quadratic time.
_STEM = "(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|signature|(?:api|access|private)[_-]?key)"
_KEY = rf"[\w.-]{{0,40}}{_STEM}[\w.-]{{0,40}}"
_KEYED = re.compile(
    rf"(?P<keep>{_KEY}[\"']?\s*[=:]\s*)(?![\"']?{MARKER})"
    r"(?!latest\b|\d+\b|projects/)(?P<value>\"[^\"]+\"|'[^']+'|[^\s,;&\"']+)",
    re.IGNORECASE,
)
_BEARER = re.compile(
    r"(?P<keep>\b(?:bearer|basic)\s+)(?=\S*[\d._=]|\S{20})(?P<value>[A-Za-z0-9._~+/=-]{6,})", re.IGNORECASE
)
_QUERY = re.compile(rf"(?P<keep>[?&]{_KEY}=)(?!{MARKER})(?P<value>[^&\s#]+)", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a variable, flag, header or label of that name may hold a secret."""
    return any(_SECRET_PARTS.fullmatch(part) for part in _PARTS.findall(name)) or bool(_SECRET_STEMS.search(name))


def is_secret_value(value: str) -> bool:
    """Whether the value shows by itself that it holds a secret."""
    patterns = (PEM, _TOKENS, _ENTROPY, _KEYED, _BEARER, _QUERY)
    return any(pattern.search(value) for pattern in patterns)


def mark(value: str) -> str:
    """The marker for a value; a marker stays as it is."""
    return value if parse_traits(value) or value in (CERTIFICATE, PRIVATE_KEY) else str(Traits.of(value))


def redact_value(name: str, value: str) -> str:
    """The value of a variable: itself when short and plain under a harmless name, else its marker."""
    return value if is_plain(value) and not is_secret_name(name) else mark(value)


def redact_tokens(text: str) -> str:
    """The text without what is secret wherever it stands: keys, tokens, URLs with credentials, PEM."""
    text = PEM.sub(lambda found: PRIVATE_KEY if "PRIVATE" in found["label"] else CERTIFICATE, text)
    text = _QUERY.sub(_value_only, text)
    return _TOKENS.sub(lambda found: mark(found[0]), text)


def redact_free_text(text: str) -> str:
    """As `redact_tokens`, and besides `password=…`, `Bearer …` and long mixed strings: for messages and arguments."""
    text = PEM.sub(lambda found: PRIVATE_KEY if "PRIVATE" in found["label"] else CERTIFICATE, text)
    if "=" in text or ":" in text:
        text = _KEYED.sub(_value_only, text)
    text = _BEARER.sub(_value_only, text)
    return _ENTROPY.sub(lambda found: mark(found[0]), redact_tokens(text))


def _value_only(found: re.Match[str]) -> str:
    return found["keep"] + mark(found["value"])


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
    if len(value) > _LONGEST_PLAIN or _TOKENS.search(core) or _ENTROPY.search(core):
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
