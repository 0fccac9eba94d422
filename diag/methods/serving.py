"""Methods of what serves: Cloud Run, Cloud SQL, Serverless VPC Access, Memorystore."""

from __future__ import annotations

from diag.methods.method import Method, Verb


def _run(service: str, collection: str, verb: Verb, name: str) -> Method:
    singular = service[:-1].lower()
    listing = verb is Verb.LIST
    function = f"list_{singular}s" if listing else f"get_{singular}"
    return Method(
        key=f"run.{collection}.{verb.value}",
        topic=collection,
        api="run.googleapis.com",
        name=name,
        verb=verb,
        permission=f"run.{collection}.{verb.value}",
        client=f"run_v2.services.{collection}.{service}Client.{function}",
        http=f"/v2/{{parent}}/{collection}" if listing else "/v2/{name}",
        rpc=f"/google.cloud.run.v2.{service}/{name}",
        items=collection if listing else "",
        partial=("unreachable",) if listing else (),
    )


def _sql(service: str, collection: str, verb: Verb, permission: str) -> Method:
    listing = verb is Verb.LIST
    path = f"/v1/projects/{{project}}/{collection}"
    return Method(
        key=f"sql.{collection}.{verb.value}",
        topic="operations" if collection == "operations" else collection,
        api="sqladmin.googleapis.com",
        name=f"{collection}.{verb.value}",
        verb=verb,
        permission=permission,
        client=f"sqladmin_v1.services.sql_{collection}_service.{service}Client.{verb.value}",
        http=path if listing else f"{path}/{{instance}}",
        rpc=f"/google.cloud.sql.v1.{service}/{verb.value.capitalize()}",
        items="items" if listing else "",
        named_by="tier" if collection == "tiers" else "name",
        partial=("warnings",) if listing and collection == "instances" else (),
    )


def _vpcaccess(verb: Verb, name: str) -> Method:
    listing = verb is Verb.LIST
    return Method(
        key=f"vpcaccess.connectors.{verb.value}",
        topic="connectors",
        api="vpcaccess.googleapis.com",
        name=name,
        verb=verb,
        permission=f"vpcaccess.connectors.{verb.value}",
        client="vpcaccess_v1.services.vpc_access_service.VpcAccessServiceClient."
        + ("list_connectors" if listing else "get_connector"),
        http="/v1/{parent}/connectors" if listing else "/v1/{name}",
        rpc=f"/google.cloud.vpcaccess.v1.VpcAccessService/{name}",
        items="connectors" if listing else "",
    )


def _redis(verb: Verb, name: str) -> Method:
    listing = verb is Verb.LIST
    return Method(
        key=f"redis.instances.{verb.value}",
        topic="redis_instances",
        api="redis.googleapis.com",
        name=name,
        verb=verb,
        permission=f"redis.instances.{verb.value}",
        client=f"redis_v1.services.cloud_redis.CloudRedisClient.{'list_instances' if listing else 'get_instance'}",
        http="/v1/{parent}/instances" if listing else "/v1/{name}",
        rpc=f"/google.cloud.redis.v1.CloudRedis/{name}",
        items="instances" if listing else "",
        partial=("unreachable",) if listing else (),
    )


SERVING = (
    _run("Services", "services", Verb.LIST, "ListServices"),
    _run("Services", "services", Verb.GET, "GetService"),
    _run("Revisions", "revisions", Verb.GET, "GetRevision"),
    _vpcaccess(Verb.LIST, "ListConnectors"),
    _vpcaccess(Verb.GET, "GetConnector"),
    _sql("SqlInstancesService", "instances", Verb.LIST, "cloudsql.instances.list"),
    _sql("SqlInstancesService", "instances", Verb.GET, "cloudsql.instances.get"),
    _sql("SqlOperationsService", "operations", Verb.LIST, "cloudsql.instances.get"),
    _sql("SqlTiersService", "tiers", Verb.LIST, "cloudsql.instances.list"),
    _redis(Verb.LIST, "ListInstances"),
    _redis(Verb.GET, "GetInstance"),
)
