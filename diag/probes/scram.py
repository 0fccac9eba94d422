"""Proving that one knows a password to PostgreSQL: SCRAM-SHA-256 (RFC 5802, RFC 7677) and MD5."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata

MAX_ROUNDS = 1_000_000
"""More hashing than this is asked for by no sane server, and would outlast the probe's bound."""


class Scram:
    """One exchange; each step raises `ValueError` on an answer that is not of the protocol."""

    mechanism = "SCRAM-SHA-256"

    def __init__(self, password: str) -> None:
        self._password = unicodedata.normalize("NFKC", password).encode()
        self._nonce = secrets.token_urlsafe(18)
        self._first_bare = f"n=,r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """The message that opens the exchange."""
        return f"n,,{self._first_bare}".encode()

    def final(self, server_first: bytes) -> bytes:
        """The proof, in answer to the server's salt and rounds."""
        said = _fields(server_first)
        rounds = int(said["i"])
        if not said["r"].startswith(self._nonce) or not 0 < rounds <= MAX_ROUNDS:
            raise ValueError("the server's nonce or rounds are wrong")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, _decoded(said["s"]), rounds)
        bare = f"c=biws,r={said['r']}"
        exchange = f"{self._first_bare},{server_first.decode()},{bare}".encode()
        client_key = _mac(salted, b"Client Key")
        proof = _xor(client_key, _mac(hashlib.sha256(client_key).digest(), exchange))
        self._signature = _mac(_mac(salted, b"Server Key"), exchange)
        return f"{bare},p={base64.b64encode(proof).decode()}".encode()

    def verify(self, server_final: bytes) -> None:
        """Raises `ValueError` unless the server, too, has proved that it knows the password."""
        if not hmac.compare_digest(_decoded(_fields(server_final)["v"]), self._signature):
            raise ValueError("the server does not know the password itself")


def md5(user: str, password: str, salt: bytes) -> bytes:
    """The answer to PostgreSQL's older challenge."""
    inner = hashlib.md5((password + user).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()


def _fields(message: bytes) -> dict[str, str]:
    try:
        return dict(part.split("=", 1) for part in message.decode().split(","))
    except ValueError:
        raise ValueError("the message has no fields") from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("the message is not base64") from None


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
