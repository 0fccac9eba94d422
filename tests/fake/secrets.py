"""Values of secrets, as `AccessSecretVersion` gives or refuses them; no bundle holds any."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from diag.calls import Json
from diag.cloud.checksum import crc32c
from tests.fake.faults import Error


@dataclass(frozen=True, slots=True)
class Version:
    """The latest version of a secret; `checksum` as the API sends it, by default the right one."""

    value: bytes
    state: str = "ENABLED"
    checksum: str | None = "right"


Secrets = Mapping[str, Version]
"""`projects/P/secrets/S` → its latest version."""


def access(secrets: Secrets, name: str) -> Json | Error:
    """What Secret Manager says to a request for `projects/P/secrets/S/versions/latest`."""
    secret, _, asked = name.partition("/versions/")
    found = secrets.get(secret)
    if asked != "latest" or found is None:
        return Error(5, 404, "NOT_FOUND", f"Secret [{secret}] not found or has no versions.", legacy="notFound")
    version = f"{secret}/versions/3"
    if found.state != "ENABLED":
        said = f"Secret Version [{version}] is in {found.state} state."
        return Error(9, 400, "FAILED_PRECONDITION", said, legacy="failedPrecondition")
    checksum = str(crc32c(found.value)) if found.checksum == "right" else found.checksum
    payload = {"data": base64.b64encode(found.value).decode()}
    return {"name": version, "payload": payload | ({"dataCrc32c": checksum} if checksum is not None else {})}
