"""Real servers on loopback: a socket with a handler a connection, and TLS in front of what has none."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Handler = Callable[[socket.socket], None]


@contextmanager
def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on 127.0.0.1 whose connections are each given to `handler`; yields its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        open_sockets: set[socket.socket] = set()
        threading.Thread(target=_accept, args=(listener, handler, tls, open_sockets), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for each in tuple(open_sockets):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, handler: Handler, tls: ssl.SSLContext | None, known: set[socket.socket]) -> None:
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        known.add(sock)
        threading.Thread(target=_serve, args=(sock, handler, tls), daemon=True).start()


def _serve(sock: socket.socket, handler: Handler, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        if tls:
            sock = _encrypted(sock, tls)
        handler(sock)
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()


def _encrypted(sock: socket.socket, tls: ssl.SSLContext) -> ssl.SSLSocket:
    """The socket after its handshake; a client that failed it is let read why before the end."""
    wrapped = tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
    try:
        wrapped.do_handshake()
    except ssl.SSLError:
        with socket.socket(fileno=wrapped.detach()) as raw:
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(65536):
                pass
        raise
    return wrapped


def silent(sock: socket.socket) -> None:
    """Takes whatever comes and never answers."""
    while sock.recv(65536):
        pass


def answering(data: bytes) -> Handler:
    """Reads a request's head and answers with these bytes."""

    def handler(sock: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = sock.recv(65536)
            if not more:
                return
            head += more
        sock.sendall(data)

    return handler


def page(body: bytes, status: str = "200 OK", *headers: str) -> Handler:
    """An HTTP answer with this body."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return answering("\r\n".join(lines).encode() + body)


def saying(data: bytes) -> Handler:
    """Answers the first bytes that come with these, and closes."""

    def handler(sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(data)

    return handler


def relaying(port: int, tls: ssl.SSLContext | None = None, *, ask: bytes = b"", grant: bytes = b"") -> Handler:
    """Pumps to a plain server on `port`; with `tls`, only after the client asked so and the handshake."""

    def handler(sock: socket.socket) -> None:
        if ask:
            assert sock.recv(len(ask)) == ask
            sock.sendall(grant)
        if tls:
            sock = tls.wrap_socket(sock, server_side=True)
        with sock, socket.create_connection(("127.0.0.1", port)) as behind:
            threading.Thread(target=_pump, args=(behind, sock), daemon=True).start()
            _pump(sock, behind)

    return handler


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
