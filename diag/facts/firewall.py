"""The firewall in force of a network, from API JSON (compute v1, networks.getEffectiveFirewalls)."""

from __future__ import annotations

from diag.facts.base import Resource


class EffectiveFirewalls(Resource):
    """A network's own rules and those of every policy above it [VPC-36]."""
