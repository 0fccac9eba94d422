"""The one method that gives the value of a secret: for the password of a probe, and no row of the table.

Whoever walks the table (the plans of the checks, `diag record`, bundles, `diag role`) therefore never meets it.
`diag.cloud.passwords` alone calls it, and a test holds that.
"""

from __future__ import annotations

from diag.methods.method import Method, Verb

ACCESS = Method(
    key="secretmanager.versions.access",
    topic="password",
    api="secretmanager.googleapis.com",
    name="AccessSecretVersion",
    verb=Verb.GET,
    permission="secretmanager.versions.access",
    client="secretmanager_v1.services.secret_manager_service.SecretManagerServiceClient.access_secret_version",
    http="/v1/{name}:access",
    rpc="/google.cloud.secretmanager.v1.SecretManagerService/AccessSecretVersion",
)
"""Reads one version of one secret; changes nothing."""
