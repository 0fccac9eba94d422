"""What each probe is for, as `diag explain` shows it."""

from __future__ import annotations

from collections.abc import Mapping

TITLES: Mapping[str, str] = {
    "dns": "Name does not resolve",
    "http": "HTTP endpoint does not answer as declared",
    "postgres": "PostgreSQL does not take a connection",
    "redis": "Redis does not answer",
    "tls": "TLS endpoint does not serve a certificate that clients take",
    "websocket": "WebSocket does not open, or does not stay open",
}
"""Kind of probe → the headline of its findings."""

PHASES: Mapping[str, str] = {
    "dns": "dns",
    "http": "dns, tcp, tls, request, first-byte, body",
    "postgres": "dns, tcp (a socket's connect too), tls (SSLRequest included), startup, auth, query",
    "redis": "dns, tcp, tls, auth, ping",
    "tls": "dns, tcp, tls",
    "websocket": "dns, tcp, tls, upgrade, ping, hold",
}
"""Kind of probe → its phases, in their order."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "dns": ("probes.*.dns",),
    "http": ("probes.*.url", "probes.*.expect.status", "probes.*.expect.within", "probes.*.expect.json"),
    "postgres": ("probes.*.postgres", "probes.*.expect.within"),
    "redis": ("probes.*.redis", "probes.*.expect.within"),
    "tls": ("probes.*.tls", "probes.*.expect.within"),
    "websocket": ("probes.*.url", "probes.*.expect.within", "probes.*.expect.hold"),
}
"""Kind of probe → the keys of the file that it judges."""

TEXTS: Mapping[str, str] = {
    "dns": """A name that does not resolve stops every client before its first packet.

It asks the resolver of the machine that it runs on, as any client there would; where that gives nothing, the name
servers are asked for their own words. Another vantage may have another resolver: `diag probe --in-vpc`.""",
    "http": """An endpoint that is declared must answer, with the declared status and body, in the declared time.

It sends one GET to each address that the name has and follows no redirect: a 301 is reported as one. The time runs to
the end of the body, of which 1 MiB is read. What a health page says of its parts is kept as claimed; a page that a
declared service should give and another one gives is a failure, whatever its status.""",
    "postgres": """A database that takes no connection fails every request that needs one, mostly as a time-out.

Without a password it stops at the authentication challenge, which shows that network, TLS and server are there. With
`password_env` or `password_secret` it goes on to SELECT 1; a secret that cannot be read makes it unknown, and takes
roles/secretmanager.secretAccessor on that secret. It connects as `PGUSER`, or else as postgres. Too many clients, a
missing entry of pg_hba.conf, a server that is starting up: each is said in its own words. The certificate
is checked where `ca_file` names the instance's CA.""",
    "redis": """A cache that does not answer slows or fails what depends on it.

It connects, authenticates where a password is declared (`password_env`, or `password_secret` in Secret Manager), and
sends PING. Without a password NOAUTH counts as reached; one that is declared and not known makes it unknown. LOADING,
WRONGPASS and plain text where TLS is asked for are said as such.""",
    "tls": """Clients turn away from a certificate that has expired, is for other names, or lacks its intermediate.

It shakes hands as a client that checks: the served chain and its order, the names (a wildcard covers one label), the
dates of every certificate in it, against the system's store and the declared `ca_file`. It warns 30 days before the
first of them ends and fails 7 days before; `expires_in` of the load balancer that has the domain overrides both.""",
    "websocket": """A WebSocket that does not open, or is cut early, breaks what runs over it while plain requests pass.

It sends a real upgrade, checks Sec-WebSocket-Accept, sends a ping and waits for its pong, stays silent for the
declared time and pings once more: an idle time-out on the way shows as `hold`.""",
}
"""Kind of probe → why it matters, what it does, what to know."""
