"""Where this runs: what is measured from here holds for here."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path

OUTSIDE = "laptop or server outside Google Cloud"
REGION_VARIABLE = "DIAG_REGION"
"""Set by the commands of `diag probe --in-vpc`: the environment of Cloud Run does not say its region."""

_PRODUCT = Path("/sys/class/dmi/id/product_name")
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)


def vantage(environ: Mapping[str, str]) -> str:
    """Where this process runs, without the machine's name."""
    region = environ.get(REGION_VARIABLE)
    where = f" in {region}" if region else ""
    if job := environ.get("CLOUD_RUN_JOB"):
        return f"Cloud Run job {job}{where}"
    if service := environ.get("K_SERVICE"):
        return f"Cloud Run service {service}{where}"
    if environ.get("CLOUD_SHELL") or environ.get("DEVSHELL_PROJECT_ID"):
        return "Cloud Shell"
    machine = "Compute Engine machine" if _on_compute_engine() else ""
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return f"Kubernetes pod on a {machine}" if machine else "Kubernetes pod"
    return machine or OUTSIDE


def sees_vpc(place: str) -> bool:
    """Whether private addresses of the project's network can be meant there; on a laptop they are others'."""
    return place not in (OUTSIDE, "Cloud Shell", "Kubernetes pod")


def is_private(host: str) -> bool:
    """Whether the address is one of those that every network uses for itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _PRIVATE if network.version == address.version)


def _on_compute_engine() -> bool:
    try:
        return _PRODUCT.read_text(encoding="utf-8").strip() == "Google Compute Engine"
    except OSError:
        return False
