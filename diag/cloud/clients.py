"""The client libraries' clients: made when a call first needs them, one channel or pool an API.

All compute clients share one pool of connections, so that a worker keeps one connection open instead
of one a collection; all gRPC clients of an API share one channel.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Mapping
from typing import Any

from diag.calls import Method
from diag.cloud.auth import Identity
from diag.cloud.endpoints import Endpoint
from diag.cloud.lazy import load, load_module
from diag.cloud.reader import Reader

_POOL = 64
"""Connections that a REST pool keeps; more than there are ever workers."""

_CHANNEL_OPTIONS = (
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # Retrying is ours: gRPC's own would not show in the deadline.
    ("grpc.enable_retries", 0),
)


class Clients:
    """Makes and keeps the clients of one run; safe to use from many threads."""

    def __init__(self, endpoints: Mapping[str, Endpoint], identity: Identity | None) -> None:
        """`identity` is None when there are no credentials: then only plaintext loopback can be asked."""
        self._endpoints = endpoints
        self._identity = identity
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._channels: dict[str, Any] = {}
        self._pools: dict[str, Any] = {}
        self._sessions: dict[str, Any] = {}

    def function(self, method: Method, timeout_s: float) -> Callable[..., Any]:
        """The client library's function for `method`.

        Imports the client at its first use; raises `TimeoutError` when other imports took all of `timeout_s`.
        """
        if not method.client:
            return self._reader(method, timeout_s)
        path, _, name = method.client.rpartition(".")
        client_class = load(path, timeout_s)
        with self._lock:
            if path not in self._clients:
                self._clients[path] = self._client(client_class, method)
            found: Callable[..., Any] = getattr(self._clients[path], name)
        return found

    def _reader(self, method: Method, timeout_s: float) -> Reader:
        load_module("", timeout_s)
        endpoint = self._endpoints[method.api]
        with self._lock:
            if method.api not in self._sessions:
                transport = importlib.import_module("google.auth.transport.requests")
                session = transport.AuthorizedSession(self._credentials(endpoint))
                self._share_pool(session, method.api, endpoint)
                self._sessions[method.api] = session
            return Reader(method, endpoint.url, self._sessions[method.api])

    def wants_credentials(self, api: str) -> bool:
        """Whether calls of the API are sent with credentials."""
        return not self._endpoints[api].plaintext

    def close(self) -> None:
        """Closes channels and connections; calls in flight end as failures."""
        with self._lock:
            for opened in (*self._channels.values(), *self._pools.values()):
                opened.close()
            self._clients.clear()
            self._channels.clear()
            self._pools.clear()
            self._sessions.clear()

    def _client(self, client_class: Any, method: Method) -> Any:
        endpoint = self._endpoints[method.api]
        if method.rpc:
            transport_class = client_class.get_transport_class("grpc")
            return client_class(transport=transport_class(channel=self._channel(transport_class, method.api, endpoint)))
        transport_class = client_class.get_transport_class("rest")
        transport = transport_class(host=endpoint.url, credentials=self._credentials(endpoint))
        # The library makes a session for each client and has no way to be given one; its pool can be shared.
        self._share_pool(transport._session, method.api, endpoint)
        return client_class(transport=transport)

    def _share_pool(self, session: Any, api: str, endpoint: Endpoint) -> None:
        session.mount("https://", self._pool(api))
        session.mount("http://", self._pool(api))
        session.trust_env = not endpoint.plaintext  # neither HTTP_PROXY nor .netrc for loopback

    def _channel(self, transport_class: Any, api: str, endpoint: Endpoint) -> Any:
        if api not in self._channels:
            if endpoint.plaintext:
                # gRPC obeys HTTP_PROXY even for 127.0.0.1.
                options = (*_CHANNEL_OPTIONS, ("grpc.enable_http_proxy", 0))
                grpc = importlib.import_module("grpc")
                self._channels[api] = grpc.insecure_channel(endpoint.target, options=options)
            else:
                self._channels[api] = transport_class.create_channel(
                    endpoint.target, credentials=self._credentials(endpoint), options=_CHANNEL_OPTIONS
                )
        return self._channels[api]

    def _pool(self, api: str) -> Any:
        if api not in self._pools:
            adapters = importlib.import_module("requests.adapters")
            self._pools[api] = adapters.HTTPAdapter(pool_connections=4, pool_maxsize=_POOL)
        return self._pools[api]

    def _credentials(self, endpoint: Endpoint) -> Any:
        if endpoint.plaintext or self._identity is None:
            return importlib.import_module("google.auth.credentials").AnonymousCredentials()
        return self._identity.credentials
