"""An address to a connection whose every read and write ends with the bound of its attempt."""

from __future__ import annotations

import io
import os
import re
import socket
import ssl
from pathlib import Path
from typing import Any

from diag.probes.attempt import Attempt
from diag.probes.resolve import Address

_SOCKET_NAME = r"\.s\.PGSQL\.[0-9]+"


class Wire(io.RawIOBase):
    """A connected stream; a read or write that would outlast the attempt raises `TimeoutError`."""

    def __init__(self, sock: socket.socket, address: Address, attempt: Attempt) -> None:
        super().__init__()
        self.sock = sock
        self.address = address
        self._attempt = attempt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(self._attempt.left())
        return self.sock.recv_into(buffer)

    def receive(self, most: int = 65536) -> bytes:
        """What has arrived, at most that many bytes; empty when the other side closed."""
        self.sock.settimeout(self._attempt.left())
        return self.sock.recv(most)

    def exactly(self, count: int) -> bytes:
        """That many bytes; raises `EOFError` when the other side closes before."""
        taken = bytearray()
        while len(taken) < count:
            more = self.receive(count - len(taken))
            if not more:
                raise EOFError
            taken += more
        return bytes(taken)

    def transmit(self, data: bytes) -> None:
        """All of the data."""
        self.sock.settimeout(self._attempt.left())
        self.sock.sendall(data)

    def encrypt(self, context: ssl.SSLContext, name: str | None) -> None:
        """Go on with TLS; `name` is the host that the certificate must be for."""
        # Checked certificates, and the handshake bounded as everything else is.
        self.sock = context.wrap_socket(self.sock, server_hostname=name, do_handshake_on_connect=False)
        self.sock.settimeout(self._attempt.left())
        self.sock.do_handshake()

    def close(self) -> None:
        self.sock.close()
        super().close()


def connect(address: Address, attempt: Attempt) -> Wire:
    """A connection to exactly this address: no other is tried, and it is not tried again."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        with attempt.during("tcp"):
            sock.settimeout(attempt.left())
            sock.connect(address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return Wire(sock, address, attempt)


def socket_address(folder: str) -> Address:
    """The PostgreSQL socket of a folder: the one on port 5432, else the only one there is."""
    path = Path(folder) / ".s.PGSQL.5432"
    if not path.exists():
        try:
            others = [name for name in os.listdir(folder) if re.fullmatch(_SOCKET_NAME, name)]
        except OSError:
            others = []
        if len(others) == 1:
            path = Path(folder) / others[0]
    return Address(socket.AF_UNIX, str(path))
