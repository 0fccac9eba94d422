"""The platform facts that the rules stand on: how well each is documented, and the page that says it.

Confidence: D documented, D2 documented at second hand, I inferred from documented facts, C the sources
conflict. Only rules whose facts are all D may fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_CLOUD = "https://cloud.google.com/"
CPU = f"{_CLOUD}run/docs/configuring/services/cpu"
MEMORY = f"{_CLOUD}run/docs/configuring/services/memory-limits"
TIMEOUT = f"{_CLOUD}run/docs/configuring/request-timeout"
WEBSOCKETS = f"{_CLOUD}run/docs/triggering/websockets"
PROBES = f"{_CLOUD}run/docs/configuring/healthchecks"
CONCURRENCY = f"{_CLOUD}run/docs/configuring/concurrency"
RUN_QUOTAS = f"{_CLOUD}run/quotas"
MAX_INSTANCES = f"{_CLOUD}run/docs/configuring/max-instances"
ENVIRONMENT = f"{_CLOUD}run/docs/configuring/services/environment-variables"
INGRESS = f"{_CLOUD}run/docs/securing/ingress"
RUN_VPC = f"{_CLOUD}run/docs/configuring/connecting-vpc"
CONNECTORS = f"{_CLOUD}run/docs/configuring/vpc-connectors"
VPC_ACCESS = f"{_CLOUD}vpc/docs/serverless-vpc-access"
CREATE_CONNECTOR = f"{_CLOUD}sdk/gcloud/reference/compute/networks/vpc-access/connectors/create"
NAT = f"{_CLOUD}nat/docs/nat-product-interactions"
CONNECT_SQL = f"{_CLOUD}sql/docs/postgres/connect-run"
PRIVATE_IP = f"{_CLOUD}sql/docs/postgres/private-ip"
AUTHORIZED = f"{_CLOUD}sql/docs/postgres/authorize-networks"
SQL_QUOTAS = f"{_CLOUD}sql/docs/quotas"
SQL_FLAGS = f"{_CLOUD}sql/docs/postgres/flags"
SQL_SETTINGS = f"{_CLOUD}sql/docs/postgres/instance-settings"
SQL_METRICS = f"{_CLOUD}monitoring/api/metrics_gcp_c"
HEALTH = f"{_CLOUD}load-balancing/docs/health-check-concepts"
SERVERLESS = f"{_CLOUD}load-balancing/docs/negs/serverless-neg-concepts"
BACKENDS = f"{_CLOUD}load-balancing/docs/backend-service"
URL_MAPS = f"{_CLOUD}load-balancing/docs/url-map-concepts"
MANAGED = f"{_CLOUD}load-balancing/docs/ssl-certificates/google-managed-certs"
DNS_AUTHORIZATION = f"{_CLOUD}certificate-manager/docs/domain-authorization"
MAPS = f"{_CLOUD}certificate-manager/docs/maps"
WILDCARDS = "https://www.rfc-editor.org/rfc/rfc9525#section-6.3"
RETENTION = f"{_CLOUD}logging/quotas"
TIMEOUT_FLAGS = "https://www.postgresql.org/docs/current/runtime-config-client.html"


class Fact(NamedTuple):
    """A fact's confidence (`D`, `D2`, `I`, `C`) and its page."""

    confidence: str
    page: str


FACTS: Mapping[str, Fact] = {
    "ARI-01": Fact("I", SQL_FLAGS),
    "ARI-02": Fact("I", MAX_INSTANCES),
    "ARI-04": Fact("I", CONNECT_SQL),
    "ARI-08": Fact("D2", TIMEOUT_FLAGS),
    "ATT-04": Fact("D", ENVIRONMENT),
    "BS-04": Fact("D", SERVERLESS),
    "CM-08": Fact("D", DNS_AUTHORIZATION),
    "CM-17": Fact("D", MAPS),
    "CON-01": Fact("D", CONNECT_SQL),
    "CON-06": Fact("D", SQL_QUOTAS),
    "CON-07": Fact("I", CONNECT_SQL),
    # The 107 bytes of a path are documented and tried; what they leave to the name is a sum.
    "CON-12": Fact("D", CONNECT_SQL),
    "CRT-02": Fact("D", MANAGED),
    "CRT-08": Fact("D", MANAGED),
    "CRT-09": Fact("D", MANAGED),
    "CRT-20": Fact("D", WILDCARDS),
    "EGR-04": Fact("D", RUN_VPC),
    "EGR-05": Fact("D", NAT),
    "FE-03": Fact("D", URL_MAPS),
    "HC-01": Fact("D", HEALTH),
    "HC-02": Fact("D", HEALTH),
    "HC-03": Fact("D", HEALTH),
    "HC-08": Fact("D", SERVERLESS),
    "HC-09": Fact("D", SERVERLESS),
    "ING-01": Fact("D", INGRESS),
    "ING-02": Fact("D", INGRESS),
    "ING-03": Fact("D", INGRESS),
    "ING-07": Fact("D", INGRESS),
    "LOG-03": Fact("D", RETENTION),
    "MON-07": Fact("I", SQL_METRICS),
    "NET-03": Fact("D", AUTHORIZED),
    "NET-14": Fact("D", PRIVATE_IP),
    "PRB-08": Fact("D", PROBES),
    "RUN-01": Fact("D", TIMEOUT),
    "RUN-02": Fact("D", TIMEOUT),
    "RUN-03": Fact("D", WEBSOCKETS),
    "RUN-04": Fact("D", CONCURRENCY),
    "RUN-05": Fact("D2", RUN_QUOTAS),
    "RUN-06": Fact("D", CPU),
    "SCL-02": Fact("D", MAX_INSTANCES),
    "SCL-08": Fact("D", MEMORY),
    "SCL-09": Fact("D", MEMORY),
    "SET-07": Fact("D", SQL_FLAGS),
    "SM-04": Fact("D", SQL_METRICS),
    "SM-11": Fact("D", SQL_METRICS),
    "SQL-08": Fact("D", SQL_SETTINGS),
    "VPC-03": Fact("D", CREATE_CONNECTOR),
    "VPC-04": Fact("D", CREATE_CONNECTOR),
    "VPC-05": Fact("D", VPC_ACCESS),
    "VPC-11": Fact("D", CONNECTORS),
    "VPC-12": Fact("D", VPC_ACCESS),
    "VPC-15": Fact("D", CONNECTORS),
    "VPC-20": Fact("I", VPC_ACCESS),
    # The pages disagree between 240 and 600 seconds [PRB-07], and agree that there is nothing above.
    "X-04": Fact("D", PROBES),
    "5.5": Fact("D", SQL_FLAGS),
    "5.5-flag": Fact("D2", SQL_FLAGS),
}
"""Fact id → confidence and page; a test holds every rule's facts against it."""
