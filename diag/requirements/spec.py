"""Every key of `diag.yaml`, as one tree: what it takes, what it means, and who judges or uses it."""

from __future__ import annotations

from collections.abc import Mapping

from diag.requirements import kinds, names, resources, settings
from diag.requirements.shape import Keys, Leaf, Named, Overlays, Shape

_CONTENT: Mapping[str, Shape] = {
    "project": Leaf(kind=names.PROJECT, doc="The project's id.", used_by=resources.EVERY_COMMAND),
    "region": Leaf(
        kind=names.REGION, doc="The region of every resource that names none.", used_by=resources.EVERY_COMMAND
    ),
    "services": Named(name=names.RESOURCE, value=resources.SERVICE, doc="Cloud Run services."),
    "connectors": Named(name=names.RESOURCE, value=resources.CONNECTOR, doc="Serverless VPC Access connectors."),
    "sql_instances": Named(name=names.SQL_INSTANCE, value=resources.SQL_INSTANCE, doc="Cloud SQL instances."),
    "redis_instances": Named(name=names.RESOURCE, value=resources.REDIS_INSTANCE, doc="Memorystore instances."),
    "load_balancers": Named(name=names.LABEL, value=resources.LOAD_BALANCER, doc="External load balancers."),
    "secrets": settings.SECRETS,
    "logs": settings.LOGS,
    "alerts": settings.ALERTS,
    "probes": settings.PROBES,
    "notify": settings.NOTIFY,
    "validation": settings.VALIDATION,
    "incident": settings.INCIDENT,
    "maintenance": settings.MAINTENANCE,
    "history": settings.HISTORY,
    "waivers": settings.WAIVERS,
    "rules": settings.RULES,
}

OVERLAY = Keys(
    doc="What differs in this environment; merged over the file by `--env NAME`.",
    keys=_CONTENT,
    refused={
        "environments": "move it out: an overlay cannot hold overlays",
        "version": "remove it: the file has one version",
    },
)

FILE = Keys(
    doc="What must hold between a client and its database on Google Cloud.",
    required=("version", "project"),
    keys={
        "version": Leaf(kind=kinds.VERSION, doc="The version of this format.", used_by=resources.EVERY_COMMAND),
        **_CONTENT,
        "environments": Overlays(name=names.LABEL, overlay=OVERLAY, doc="Overlays, chosen by `--env NAME`."),
    },
)

RESOURCE_SECTIONS = ("services", "connectors", "sql_instances", "redis_instances", "load_balancers")
"""The sections whose entries are resources with a name of their own."""
