"""Load balancing, from API JSON (compute v1): from the forwarding rule to the network endpoint group."""

from __future__ import annotations

import re
from ipaddress import ip_address

from diag.calls import Gap, GapKind
from diag.errors import Unseen
from diag.facts.base import Choice, Resource, relative, segment
from diag.facts.certificates import CertificateMapEntry, ManagerCertificate, SslCertificate, SslPolicy
from diag.facts.url_map import UrlMap
from diag.values import dataclass

__all__ = (
    "BackendService",
    "CertificateMapEntry",
    "ForwardingRule",
    "HealthCheck",
    "ManagerCertificate",
    "NetworkEndpointGroup",
    "SslCertificate",
    "SslPolicy",
    "TargetHttpProxy",
    "TargetHttpsProxy",
    "UrlMap",
)

SCHEMES = frozenset(
    {
        "EXTERNAL",
        "EXTERNAL_MANAGED",
        "EXTERNAL_PASSTHROUGH",
        "INTERNAL",
        "INTERNAL_MANAGED",
        "INTERNAL_SELF_MANAGED",
    }
)
ENDPOINT_TYPES = frozenset(
    {
        "GCE_VM_IP",
        "GCE_VM_IP_DEDICATED_BACKEND",
        "GCE_VM_IP_PORT",
        "GCE_VM_IP_PORTMAP",
        "INTERNET_FQDN_PORT",
        "INTERNET_IP_PORT",
        "NON_GCP_PRIVATE_IP_PORT",
        "PRIVATE_SERVICE_CONNECT",
        "SERVERLESS",
    }
)
HEALTH_CHECK_TYPES = frozenset({"GRPC", "GRPC_WITH_TLS", "HTTP", "HTTP2", "HTTPS", "SSL", "TCP"})
PORT_SPECIFICATIONS = frozenset({"USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"})

_TYPE_FIELDS = {
    "HTTP": "httpHealthCheck",
    "HTTPS": "httpsHealthCheck",
    "HTTP2": "http2HealthCheck",
    "TCP": "tcpHealthCheck",
    "SSL": "sslHealthCheck",
    "GRPC": "grpcHealthCheck",
    "GRPC_WITH_TLS": "grpcTlsHealthCheck",
}
_ELSEWHERE = frozenset({"appEngine", "cloudFunction", "serverlessDeployment"})
"""The fields of a serverless NEG that does not lead to Cloud Run [BS-11]."""
_DEFAULT_PORTS = {"HTTP": 80, "TCP": 80, "HTTPS": 443, "SSL": 443, "HTTP2": 443}


class ForwardingRule(Resource):
    """A forwarding rule, global or regional."""

    @property
    def scheme(self) -> Choice:
        """Load-balancing scheme [BS-01]; absent is EXTERNAL."""
        return self.choice("loadBalancingScheme", SCHEMES, "EXTERNAL")

    @property
    def target(self) -> str:
        """Name of the target proxy from `projects/` on; empty for a rule that names a backend service."""
        return relative(self.text("target"))

    @property
    def backend_service(self) -> str:
        """Name of the backend service of a passthrough load balancer; empty for a rule that leads to a proxy."""
        return relative(self.text("backendService"))

    @property
    def address(self) -> str:
        """The IP address; raises `Unseen` when it is not said, or is none."""
        address = self.text("IPAddress")
        if not address:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} does not say its address", self.origin.call))
        try:
            ip_address(address.partition("/")[0])
        except ValueError:
            raise Unseen(self.malformed("IPAddress", address)) from None
        return address

    def listens_on(self, port: int) -> bool:
        """Whether it takes that port, by `allPorts`, `portRange` (`443`, `443-443`) or `ports`.

        Raises `Unseen` when it names no port at all, or one that cannot be read.
        """
        if self.flag("allPorts"):
            return True
        ranges = [*([self.text("portRange")] if self.text("portRange") else []), *self.items("ports")]
        if not ranges:
            said = f"{self.name} does not say on which ports it listens"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return any(self._within(str(item), port) for item in ranges)

    def _within(self, ports: str, port: int) -> bool:
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", ports)
        if not found:
            raise Unseen(self.malformed("portRange", ports))
        return int(found[1]) <= port <= int(found[2] or found[1])


class TargetHttpProxy(Resource):
    """A target HTTP proxy."""

    @property
    def url_map(self) -> str:
        """Name of its URL map from `projects/` on."""
        return relative(self.text("urlMap"))


class TargetHttpsProxy(TargetHttpProxy):
    """A target HTTPS proxy."""

    @property
    def listed_certificates(self) -> tuple[str, ...]:
        """Names of the certificates in its own list: Compute Engine's or Certificate Manager's [FE-10]."""
        return tuple(relative(str(link)) for link in self.items("sslCertificates"))

    @property
    def certificate_map(self) -> str:
        """Name of the certificate map, which overrides the list [FE-11]; empty when it has none."""
        return relative(self.text("certificateMap"))

    @property
    def ssl_policy(self) -> str:
        """Name of the SSL policy; empty means TLS 1.0 and the COMPATIBLE profile [CRT-24]."""
        return relative(self.text("sslPolicy"))


class BackendService(Resource):
    """A backend service."""

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups behind it: network endpoint groups or instance groups.

        Raises `Unseen` for a group of another kind.
        """
        return tuple(self._group(f"backends[{index}].group") for index in range(len(self.objects("backends"))))

    def _group(self, where: str) -> str:
        name = relative(self.text(where))
        if not any(kind in name for kind in ("/networkEndpointGroups/", "/instanceGroups/")):
            said = f"{self.short}: {where} is {name!r}, a kind of backend that this version of diag does not know"
            raise Unseen(Gap(GapKind.UNDOCUMENTED, said, self.origin.call))
        return name

    @property
    def timeout(self) -> float:
        """`timeoutSec`; default 30 [BS-03]; has no meaning before a serverless NEG [BS-04]."""
        return float(self.integer("timeoutSec", 30) or 30)

    @property
    def logs(self) -> bool:
        """Whether requests are logged [BS-14]."""
        return self.flag("logConfig.enable")

    @property
    def sample_rate(self) -> float:
        """The share of requests that is logged when the log is on; default 1 [BS-14]."""
        rate = self._typed("logConfig.sampleRate", (int, float), 1.0)
        return float(rate)

    @property
    def health_checks(self) -> tuple[str, ...]:
        """Names of its health checks."""
        return tuple(relative(str(link)) for link in self.items("healthChecks"))


@dataclass(frozen=True)
class CloudRunTarget:
    """What a serverless NEG says of the Cloud Run service behind it [BS-11]; a mask picks it from the URL [BS-12]."""

    service: str
    tag: str
    url_mask: str


class NetworkEndpointGroup(Resource):
    """A network endpoint group."""

    @property
    def type(self) -> str:
        """Endpoint type; raises `Unseen` for one that the documentation does not know."""
        return self.choice("networkEndpointType", ENDPOINT_TYPES).read()

    @property
    def serverless(self) -> bool:
        """Whether it points to Cloud Run, App Engine, functions or an API gateway."""
        return self.type == "SERVERLESS"

    @property
    def outward(self) -> bool:
        """Whether it points to a name on the internet or to a published service, which may be anything."""
        return self.type in ("INTERNET_FQDN_PORT", "PRIVATE_SERVICE_CONNECT")

    @property
    def cloud_run(self) -> CloudRunTarget | None:
        """The Cloud Run service, or None when it points to something else; raises `Unseen` when it says neither."""
        if not self.serverless:
            return None
        if "cloudRun" not in self.doc:
            if not _ELSEWHERE & self.doc.keys():
                said = f"{self.name} leads to a kind of backend that this version of diag does not know"
                raise Unseen(Gap(GapKind.UNDOCUMENTED, said, self.origin.call))
            return None
        service, mask = self.text("cloudRun.service"), self.text("cloudRun.urlMask")
        if not service and not mask:
            raise Unseen(Gap(GapKind.MALFORMED, f"{self.name} names no Cloud Run service", self.origin.call))
        return CloudRunTarget(service, self.text("cloudRun.tag"), mask)

    @property
    def shown(self) -> str:
        """For messages: what it points to when that is not Cloud Run."""
        if self.mapping("appEngine"):
            return f"App Engine {self.text('appEngine.service') or 'service'}"
        if self.mapping("cloudFunction"):
            return f"function {self.text('cloudFunction.function') or self.text('cloudFunction.urlMask')}"
        return f"{self.short} ({self.type})"

    @property
    def place(self) -> str:
        """Its region; raises `Unseen` when a serverless NEG does not lie in one."""
        found = self.region or segment(self.text("region"), "regions")
        if not found:
            said = f"{self.name} does not say in which region it lies"
            raise Unseen(Gap(GapKind.MALFORMED, said, self.origin.call))
        return found


class HealthCheck(Resource):
    """A health check; times in seconds, defaults as documented [HC-01..03]."""

    @property
    def type(self) -> str:
        """Protocol, as `HTTP`; raises `Unseen` for one that the documentation does not know [HC-05]."""
        return self.choice("type", HEALTH_CHECK_TYPES).read()

    @property
    def settings(self) -> str:
        """JSON path of the settings of its protocol."""
        return _TYPE_FIELDS[self.type]

    @property
    def port(self) -> int:
        """The port asked; raises `Unseen` when it is the backends' own, or a named one."""
        how = self.choice(f"{self.settings}.portSpecification", PORT_SPECIFICATIONS, "USE_FIXED_PORT").read()
        port = self.integer(f"{self.settings}.port")
        if how != "USE_FIXED_PORT" or (not port and self.text(f"{self.settings}.portName")):
            said = f"{self.short} asks the backends' own or a named port, which the health check does not state"
            raise Unseen(Gap(GapKind.UNDECIDED, said, self.origin.call))
        port = port or _DEFAULT_PORTS.get(self.type)
        if port is None:
            raise Unseen(self.malformed(f"{self.settings}.port", None))
        return port

    @property
    def path(self) -> str:
        """The path asked; default `/`; empty for a protocol without paths."""
        return self.text(f"{self.settings}.requestPath", "/") if self.type in ("HTTP", "HTTPS", "HTTP2") else ""

    @property
    def interval(self) -> int:
        """Seconds between checks."""
        return self.integer("checkIntervalSec", 5) or 5

    @property
    def timeout(self) -> int:
        """Seconds until a check counts as failed."""
        return self.integer("timeoutSec", 5) or 5

    @property
    def healthy_threshold(self) -> int:
        """Successes in a row until healthy."""
        return self.integer("healthyThreshold", 2) or 2

    @property
    def unhealthy_threshold(self) -> int:
        """Failures in a row until unhealthy."""
        return self.integer("unhealthyThreshold", 2) or 2
