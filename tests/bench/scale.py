"""A large project: `python -m tests.bench.scale [SERVICES]`, its time and peak memory, recorded and live.

As many Cloud Run services, backends, NEGs and certificates, ten to a load balancer, each declared. The live
run reads them from the fake on the same machine, whose own work is part of the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from diag.calls import Json
from diag.requirements.load import load
from fixtures import ids, lb, run
from fixtures.estate import Estate
from fixtures.healthy import healthy, measure
from tests.bench.programs import DIAG
from tests.fake import Fake

A_BALANCER = 10
"""Services behind one load balancer: a proxy takes 15 certificates."""


def main(services: int) -> None:
    """Make the project, judge it in each way, print a line for each."""
    with tempfile.TemporaryDirectory() as folder:
        bundle, requirements = Path(folder) / "bundle", Path(folder) / "diag.yaml"
        requirements.write_text("\n".join(_declared(services)) + "\n", encoding="utf-8")
        estate(services).write(bundle, load([requirements]))
        asked = (DIAG, "check", "-r", str(requirements), "--timeout", "5m", "-o", str(Path(folder) / "report"))
        print(f"{services} services\n\n| source | report | s | peak MiB |\n|---|---|---|---|")
        for report in ("text", "json"):
            _measure("bundle", report, (*asked, "-f", report, "--from", str(bundle)), {})
        with Fake(bundle) as fake:
            for report in ("text", "json"):
                _measure("live", report, (*asked, "-f", report), fake.env)


def estate(services: int) -> Estate:
    """The healthy estate, and that many services beside its own."""
    made = healthy()
    names = [_name(number) for number in range(services)]
    shape = run.SHAPES[0]
    for name in names:
        own = replace(shape, name=name, revision=f"{name}-00007-abc")
        made.add("run.services", run.service(own))
        made.add("run.revisions", run.revision(own))
        made.add("compute.sslCertificates", _certificate(name))
        made.add("compute.backendServices", _renamed(made.resource("compute.backendServices", "staging-auth"), name))
        made.add("compute.networkEndpointGroups", _group(made, name))
    for start in range(0, services, A_BALANCER):
        _balance(made, f"lb-{start // A_BALANCER}", names[start : start + A_BALANCER])
    measure(made)
    return made


def _name(number: int) -> str:
    return f"svc-{number:04d}"


def _host(name: str) -> str:
    return f"{name}.example.test"


def _renamed(doc: Json, name: str, old: str = "staging-auth") -> Json:
    link = str(doc["selfLink"]).rpartition("/")[0]
    backends = [{**one, "group": str(one["group"]).replace(old, name)} for one in doc.get("backends", [])]
    return {**doc, "id": ids.number(f"{link}/{name}"), "name": name, "selfLink": f"{link}/{name}", "backends": backends}


def _certificate(name: str) -> Json:
    return lb.certificate(f"{name}-cert", "ACTIVE", {_host(name): "ACTIVE"}, "2035-11-28T05:12:44.000-08:00")


def _group(made: Estate, name: str) -> Json:
    group = _renamed(made.resource("compute.networkEndpointGroups", "staging-auth-neg"), f"{name}-neg")
    del group["backends"]
    return {**group, "cloudRun": {"service": name}}


def _balance(made: Estate, balancer: str, names: list[str]) -> None:
    """A forwarding rule on 443, its proxy with a certificate a service, and its URL map with a host a service."""
    rule = _renamed(made.resource("compute.forwardingRules", "staging-https"), balancer)
    proxy = _renamed(made.resource("compute.targetHttpsProxies", "staging-https-proxy"), f"{balancer}-proxy")
    urls = _renamed(made.resource("compute.urlMaps", "staging-urls"), f"{balancer}-urls")
    for doc in (rule, proxy, urls):
        del doc["backends"]
    number = int(balancer.rpartition("-")[2])
    rule |= {"IPAddress": f"203.0.{114 + number // 250}.{number % 250 + 1}", "target": proxy["selfLink"]}
    proxy |= {"urlMap": urls["selfLink"]}
    proxy |= {"sslCertificates": [lb.link("sslCertificates", f"{name}-cert") for name in names]}
    services = {name: lb.link("backendServices", name) for name in names}
    urls |= {
        "hostRules": [{"hosts": [_host(name)], "pathMatcher": name} for name in names],
        "pathMatchers": [{"name": name, "defaultService": link} for name, link in services.items()],
        "defaultService": services[names[0]],
    }
    made.add("compute.forwardingRules", rule)
    made.add("compute.targetHttpsProxies", proxy)
    made.add("compute.urlMaps", urls)


def _declared(services: int) -> Iterator[str]:
    """The requirements file: every service and domain."""
    yield from ("version: 1", f"project: {ids.PROJECT}", f"region: {ids.REGION}", "services:")
    asked = "{cpu: 4, memory: 6Gi, concurrency: 20, max_instances: 15, env: {ENVIRONMENT: staging}}"
    yield from (f"  {_name(number)}: {asked}" for number in range(services))
    yield "load_balancers:"
    for start in range(0, services, A_BALANCER):
        names = [_name(number) for number in range(start, min(start + A_BALANCER, services))]
        yield f"  lb-{start // A_BALANCER}:"
        yield f"    certificates: {{covers: [{', '.join(map(_host, names))}]}}"
        yield "    domains:"
        yield from (f"      {_host(name)}: {{routes: {{/: {name}}}}}" for name in names)


def _measure(source: str, report: str, argv: tuple[str, ...], env: Mapping[str, str]) -> None:
    """Run it, and print its time and its peak: that of the process alone, which the kernel keeps until its end."""
    started, peak_kib = time.perf_counter(), 0
    with subprocess.Popen(argv, env={**os.environ, **env}) as process:
        status = Path(f"/proc/{process.pid}/status")
        while process.poll() is None:
            peak_kib = max(peak_kib, _peak_kib(status))
            time.sleep(0.02)
    print(f"| {source} | {report} | {time.perf_counter() - started:.1f} | {peak_kib / 1024:.0f} |", flush=True)


def _peak_kib(status: Path) -> int:
    try:
        lines = status.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
