"""Connectivity Tests, from API JSON (networkmanagement v1)."""

from __future__ import annotations

from diag.facts.base import Resource


class ConnectivityTest(Resource):
    """A Connectivity Test that somebody else made and ran."""
