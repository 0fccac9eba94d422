"""CRC-32C (Castagnoli, RFC 3720 B.4), which Google's APIs send along with data; no standard module has it."""

from __future__ import annotations

from functools import cache

_POLYNOMIAL = 0x82F63B78
"""Bits reversed."""


def crc32c(data: bytes) -> int:
    """The checksum, as an unsigned number of 32 bits; 64 KiB take a few milliseconds."""
    table = _table()
    found = 0xFFFFFFFF
    for byte in data:
        found = table[(found ^ byte) & 0xFF] ^ (found >> 8)
    return found ^ 0xFFFFFFFF


@cache
def _table() -> tuple[int, ...]:
    return tuple(_of_byte(byte) for byte in range(256))


def _of_byte(value: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
    return value
