"""World: the snapshot as typed facts; each list is parsed once, when it is first asked for."""

from __future__ import annotations

from functools import cached_property

from diag.calls import Call, Gap, GapKind
from diag.errors import Unseen
from diag.facts import lb, routing, run, sql, vpc
from diag.facts.base import Listing, relative, segment
from diag.facts.world_operating import Operating


class World(Operating):
    """What a check may ask; every question is answered with facts or raises `Unseen`."""

    # Cloud Run

    def services(self, region: str, project: str = "") -> Listing[run.Service]:
        """Cloud Run services of one region."""
        parent = f"projects/{project or self.project}/locations/{region}"
        return self._listing("run.services", run.Service, parent, f"Cloud Run services in {region}")

    @cached_property
    def number(self) -> str:
        """The project's number, as the addresses of its services show it; empty when none does."""
        calls = (call for call in self._calls("run.services") if segment(call.target, "projects") == self.project)
        listings = (self._parsed([call], run.Service, "Cloud Run services") for call in calls if call.method.verb.lists)
        numbers = (service.project_number for listing in listings for service in listing)
        return next(filter(None, numbers), "")

    def is_own(self, project: str) -> bool:
        """Whether an id or number is that of the project itself; a number that nothing shows may be (G-05)."""
        return project == self.project or (project.isdigit() and self.number in ("", project))

    def revision(self, name: str) -> run.Revision | None:
        """The revision of that full name, None when NOT_FOUND; raises `Unseen` when nobody looked or could see."""
        return self._get("run.revisions.get", run.Revision, name=name)

    def serving(self, service: run.Service) -> tuple[run.Revision, ...]:
        """The revisions that take traffic; raises `Unseen` when one could not be read or there is none."""
        return tuple(self.serving_revision(service, name) for name in self.serving_names(service))

    def serving_names(self, service: run.Service) -> tuple[str, ...]:
        """Full names of the revisions that take traffic; raises `Unseen` when there is none."""
        if not service.serving:
            said = f"no revision of {service.short} takes traffic"
            raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call, advice="see run.not-ready"))
        return service.serving

    def serving_revision(self, service: run.Service, name: str) -> run.Revision:
        """One of the revisions that take traffic; raises `Unseen` when it could not be read or is not there."""
        revision = self.revision(name)
        if revision is None:
            said = f"{name} takes traffic and could not be found"
            raise Unseen(Gap(GapKind.UNDECIDED, said, service.origin.call))
        return revision

    # Networks

    def connectors(self, region: str, project: str = "") -> Listing[vpc.Connector]:
        """Serverless VPC Access connectors of one region."""
        parent = f"projects/{project or self.project}/locations/{region}"
        return self._listing("vpcaccess.connectors", vpc.Connector, parent, f"connectors in {region}")

    def connector(self, name: str) -> vpc.Connector | None:
        """The connector of that full name, wherever it lies; None when proved absent."""
        return self.connectors_beside(name).find(name)

    def connectors_beside(self, name: str) -> Listing[vpc.Connector]:
        """The connectors of the region and project in that full name, as far as they were asked for."""
        region, project = segment(name, "locations"), segment(name, "projects")
        if region is None or project is None:
            raise Unseen(Gap(GapKind.MALFORMED, f"{name!r} is not the name of a connector"))
        return self.connectors(region, self.project if self.is_own(project) else project)

    def networks(self, project: str = "") -> Listing[vpc.Network]:
        """VPC networks of a project (this one, or a Shared VPC host)."""
        return self._listing("compute.networks", vpc.Network, project or self.project, "networks")

    def subnetworks(self, project: str = "") -> Listing[vpc.Subnetwork]:
        """Subnets of a project, all regions."""
        return self._listing("compute.subnetworks", vpc.Subnetwork, project or self.project, "subnets")

    def routes(self, project: str = "") -> Listing[routing.Route]:
        """Routes of a project's networks."""
        return self._listing("compute.routes", routing.Route, project or self.project, "routes")

    def routers(self, project: str = "") -> Listing[routing.Router]:
        """Cloud Routers of a project, all regions."""
        return self._listing("compute.routers", routing.Router, project or self.project, "routers")

    # Cloud SQL

    def instances(self, project: str = "") -> Listing[sql.Instance]:
        """Cloud SQL instances of a project, all regions."""
        return self._listing("sql.instances", sql.Instance, project or self.project, "Cloud SQL instances")

    @property
    def instance_projects(self) -> tuple[str, ...]:
        """The projects of which the Cloud SQL instances were asked for."""
        return tuple(dict.fromkeys(call["project"] for call in self._calls("sql.instances")))

    def operations(self, instance: sql.Instance) -> Listing[sql.Operation]:
        """Operations of one instance, newest first."""
        call = Call.of("sql.operations.list", project=instance.project, instance=instance.short)
        return self._parsed([call], sql.Operation, f"operations of {instance.short}")

    def tiers(self, project: str = "") -> Listing[sql.Tier]:
        """Machine tiers of a project; read only where a tier's name does not say its memory."""
        return self._listing("sql.tiers", sql.Tier, project or self.project, "Cloud SQL tiers")

    # Load balancing (all scopes: global and regional)

    def forwarding_rules(self) -> Listing[lb.ForwardingRule]:
        """Forwarding rules."""
        return self._listing("compute.forwardingRules", lb.ForwardingRule, self.project, "forwarding rules")

    def target_https_proxies(self) -> Listing[lb.TargetHttpsProxy]:
        """Target HTTPS proxies."""
        return self._listing("compute.targetHttpsProxies", lb.TargetHttpsProxy, self.project, "target HTTPS proxies")

    def target_http_proxies(self) -> Listing[lb.TargetHttpProxy]:
        """Target HTTP proxies."""
        return self._listing("compute.targetHttpProxies", lb.TargetHttpProxy, self.project, "target HTTP proxies")

    def url_maps(self) -> Listing[lb.UrlMap]:
        """URL maps."""
        return self._listing("compute.urlMaps", lb.UrlMap, self.project, "URL maps")

    def backend_services(self) -> Listing[lb.BackendService]:
        """Backend services."""
        return self._listing("compute.backendServices", lb.BackendService, self.project, "backend services")

    def network_endpoint_groups(self) -> Listing[lb.NetworkEndpointGroup]:
        """Network endpoint groups."""
        return self._listing(
            "compute.networkEndpointGroups", lb.NetworkEndpointGroup, self.project, "network endpoint groups"
        )

    def ssl_certificates(self) -> Listing[lb.SslCertificate]:
        """Compute Engine SSL certificates."""
        return self._listing("compute.sslCertificates", lb.SslCertificate, self.project, "SSL certificates")

    def ssl_policies(self) -> Listing[lb.SslPolicy]:
        """SSL policies."""
        return self._listing("compute.sslPolicies", lb.SslPolicy, self.project, "SSL policies")

    def health_checks(self) -> Listing[lb.HealthCheck]:
        """Health checks."""
        return self._listing("compute.healthChecks", lb.HealthCheck, self.project, "health checks")

    def certificate_map_entries(self, certificate_map: str) -> Listing[lb.CertificateMapEntry]:
        """Entries of one Certificate Manager map (`projects/P/locations/global/certificateMaps/M`)."""
        call = Call.of("certificatemanager.certificate_map_entries.list", parent=certificate_map)
        return self._parsed([call], lb.CertificateMapEntry, f"entries of {certificate_map.rpartition('/')[2]}")

    def managed_certificate(self, name: str) -> lb.ManagerCertificate | None:
        """A Certificate Manager certificate by full name; None when NOT_FOUND."""
        return self._get("certificatemanager.certificates.get", lb.ManagerCertificate, name=relative(name))
