"""Names to addresses: what the system's resolver says, within a bound that it does not know itself."""

from __future__ import annotations

import queue
import socket
import threading

from diag.probes.attempt import Attempt, Stopped
from diag.values import dataclass

MAX_ADDRESSES = 8
"""How many addresses of one name are tried."""


@dataclass(frozen=True)
class Address:
    """Where to connect: the address family, and the argument of `socket.connect`."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int] | str

    @property
    def host(self) -> str:
        """The address alone; the path of a socket."""
        return self.sockaddr if isinstance(self.sockaddr, str) else self.sockaddr[0]

    def __str__(self) -> str:
        if isinstance(self.sockaddr, str):
            return self.sockaddr
        host, port = self.sockaddr[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def resolve(host: str, port: int, attempt: Attempt) -> tuple[Address, ...]:
    """The addresses of a host in the system's order, each once; a literal address is itself.

    Raises `Stopped` in the system's words and, where its name servers say more, in theirs.
    """
    literal = _literal(host, port)
    if literal:
        return (literal,)
    with attempt.during("dns"):
        found = _ask_system(host, port, attempt.left())
    if isinstance(found, OSError):
        said = _WORDS.get(found.errno or 0, found.strerror or str(found))
        raise Stopped(f"{host} does not resolve: {said}{_ask_servers(host, attempt)}")
    return tuple(dict.fromkeys(found))


def _literal(host: str, port: int) -> Address | None:
    try:
        family, *_, sockaddr = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)[0]
    except OSError:
        return None
    return Address(family, sockaddr)  # type: ignore[arg-type]


def _ask_system(host: str, port: int, timeout_s: float) -> list[Address] | OSError:
    """`getaddrinfo` cannot be given a bound: it is left behind in its thread when it takes longer."""
    answers: queue.SimpleQueue[list[Address] | OSError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(0, "this is not a host name"))
        else:
            answers.put([Address(family, sockaddr) for family, *_, sockaddr in found])  # type: ignore[arg-type]

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answers.get(timeout=timeout_s)
    except queue.Empty:
        raise TimeoutError from None


_WORDS = {
    socket.EAI_NONAME: "there is no such name",
    socket.EAI_AGAIN: "the resolver gave no answer (EAI_AGAIN, try again)",
    socket.EAI_FAIL: "the resolver failed",
}


def _ask_servers(host: str, attempt: Attempt) -> str:
    """What the name servers themselves say of a name that does not resolve, as the end of a sentence."""
    import dns.exception
    import dns.resolver

    try:
        dns.resolver.Resolver().resolve(host, "A", lifetime=min(2.0, attempt.left()), search=False)
    except dns.resolver.NXDOMAIN:
        return "; the name servers say NXDOMAIN: the name does not exist"
    except dns.resolver.NoAnswer:
        return "; the name servers know the name, without an IPv4 address"
    except dns.resolver.NoNameservers:
        return "; every name server refuses or fails (SERVFAIL, REFUSED)"
    except dns.exception.Timeout:
        return "; the name servers do not answer"
    except (dns.exception.DNSException, OSError, ValueError):
        return ""
    return "; the name servers do give an address: the system's own resolver is at fault"
