"""Load balancing, from API JSON (compute v1, certificatemanager v1)."""

from __future__ import annotations

from diag.facts.base import Resource


class ForwardingRule(Resource):
    """A forwarding rule, global or regional."""


class TargetHttpsProxy(Resource):
    """A target HTTPS proxy."""


class TargetHttpProxy(Resource):
    """A target HTTP proxy."""


class UrlMap(Resource):
    """A URL map."""


class BackendService(Resource):
    """A backend service."""


class NetworkEndpointGroup(Resource):
    """A network endpoint group."""


class SslCertificate(Resource):
    """A Compute Engine SSL certificate."""


class SslPolicy(Resource):
    """An SSL policy."""


class HealthCheck(Resource):
    """A health check."""


class CertificateMapEntry(Resource):
    """An entry of a Certificate Manager map."""


class ManagerCertificate(Resource):
    """A Certificate Manager certificate."""
