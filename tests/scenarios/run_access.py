"""Roles of runtime accounts: who grants them, and what leaves it open."""

from __future__ import annotations

from diag.calls import GapKind, Json
from diag.report import Status
from fixtures import ids
from fixtures.estate import Estate
from fixtures.operating import ORGANIZATION
from tests.scenarios.run_shared import (
    DATABASE,
    NAME,
    SERVING,
    backend,
    denied_revisions,
    denied_services,
    never_ready,
    of_revision,
    removed,
)
from tests.scenarios.scenario import Patch, Scenario

MISSING, AGENT = "run.role-missing", "run.service-agent-missing"
CLIENT, ACCESSOR = "roles/cloudsql.client", "roles/secretmanager.secretAccessor"
POLICY = "cloudresourcemanager.projects.getIamPolicy"
ABOVE = "cloudresourcemanager.organizations.getIamPolicy"
OF_SECRET = "secretmanager.secrets.getIamPolicy"
BACKEND = f"serviceAccount:{ids.account('backend')}"
DEFAULT = f"serviceAccount:{ids.NUMBER}-compute@developer.gserviceaccount.com"
GROUP = "group:everyone-who-runs-things@redacted.invalid"
CUSTOM = f"projects/{ids.PROJECT}/roles/databaseClient"
FOLDER = "folders/304050607080"

ROLES = backend(f"roles: [{CLIENT}]")
SOCKET = backend("reaches: [{sql: staging-shared-postgres, via: socket}]", rest=DATABASE)
NO_WAY_SAID = backend("reaches: [{sql: staging-shared-postgres}]", rest=DATABASE)
BOTH = backend(f"roles: [{CLIENT}]", "reaches: [{sql: staging-shared-postgres, via: socket}]", rest=DATABASE)
SECRETS = backend(f"roles: [{ACCESSOR}]", "secrets: {DATABASE_URL: database-url}")
TAKEN = ("postgres-password-staging", "database-url", "redis-url", "jwt-secret-staging")


def together(*patches: Patch) -> Patch:
    """One patch after the other."""

    def patch(estate: Estate) -> None:
        for each in patches:
            each(estate)

    return patch


def policy(estate: Estate, key: str = POLICY, name: str = ids.PROJECT) -> Json:
    """A policy, to be changed in place."""
    return estate.resource(key, name)


def without(role: str, member: str = BACKEND) -> Patch:
    """The member does not hold the role in the project."""

    def patch(estate: Estate) -> None:
        for binding in policy(estate)["bindings"]:
            if binding["role"] == role:
                binding["members"] = [one for one in binding["members"] if one != member]

    return patch


def granted(role: str, *members: str, key: str = POLICY, on: str = ids.PROJECT, condition: Json | None = None) -> Patch:
    """The members hold the role in the policy of that resource."""

    def patch(estate: Estate) -> None:
        binding: Json = {"role": role, "members": list(members or (BACKEND,))}
        doc = policy(estate, key, on)
        doc.setdefault("bindings", []).append(binding | ({"condition": condition} if condition else {}))

    return patch


def defined(name: str, *permissions: str, **fields: object) -> Patch:
    """A custom role with these permissions."""

    def patch(estate: Estate) -> None:
        doc: Json = {"name": name, "title": "synthetic", "stage": "GA", "includedPermissions": list(permissions)}
        estate.resources["iam.roles"][name] = doc | fields

    return patch


def instead(role: str, *members: str, condition: Json | None = None) -> Patch:
    """The account holds another role than the Cloud SQL client."""
    return together(without(CLIENT), granted(role, *members, condition=condition))


def on_secrets(*names: str) -> Patch:
    """Secrets are read by a grant on each of these, not on the project."""
    return together(without(ACCESSOR), *(granted(ACCESSOR, key=OF_SECRET, on=name) for name in names))


def another_secret(estate: Estate) -> None:
    """A secret that no revision takes."""
    estate.add("secretmanager.secrets", {"name": f"projects/{ids.NUMBER}/secrets/license-key"})
    estate.put(OF_SECRET, "license-key", {"etag": "BwY="})


def refused(key: str) -> Patch:
    """Nobody may call the method."""
    return lambda estate: estate.gap(key, GapKind.DENIED)


def hollow(key: str) -> Patch:
    """The method answers with nothing at all."""

    def patch(estate: Estate) -> None:
        estate.hollow.add(key)

    return patch


def without_parent(estate: Estate) -> None:
    """The project lies in no folder and no organization."""
    del estate.resource("cloudresourcemanager.projects.get", ids.PROJECT)["parent"]


def in_a_folder(*members: str) -> Patch:
    """The project lies in a folder of the organization; the folder grants the client role to the members."""

    def patch(estate: Estate) -> None:
        estate.resource("cloudresourcemanager.projects.get", ids.PROJECT)["parent"] = FOLDER
        folder = {"name": FOLDER, "parent": ORGANIZATION, "displayName": "synthetic", "state": "ACTIVE"}
        number = FOLDER.rpartition("/")[2]
        estate.put("cloudresourcemanager.folders.get", number, folder)
        bindings = [{"role": CLIENT, "members": list(members)}] if members else []
        estate.put("cloudresourcemanager.folders.getIamPolicy", number, {"etag": "BwY=", "bindings": bindings})

    return patch


def in_the_organization(role: str = CLIENT, member: str = BACKEND) -> Patch:
    """The organization grants the role."""
    return granted(role, member, key=ABOVE, on=ORGANIZATION.rpartition("/")[2])


AS_DEFAULT = of_revision(serviceAccount=None)
OFFICE_HOURS = {"title": "office hours", "expression": 'request.time.getHours("UTC") < 18'}
CONNECT = ("cloudsql.instances.connect", "cloudsql.instances.get")
AGENT_MEMBER = f"serviceAccount:service-{ids.NUMBER}@serverless-robot-prod.iam.gserviceaccount.com"
AGENT_ROLE = "roles/run.serviceAgent"
NO_AGENT = without(AGENT_ROLE, AGENT_MEMBER)

SCENARIOS = (
    # A declared role
    Scenario("held", MISSING, Status.PASS, declared=ROLES, resource=SERVING, says=CLIENT),
    Scenario("not held", MISSING, Status.FAIL, without(CLIENT), ROLES, SERVING, f"lacks {CLIENT}"),
    Scenario("held by everybody", MISSING, Status.PASS, instead(CLIENT, "allUsers"), ROLES),
    Scenario("held by every account", MISSING, Status.PASS, instead(CLIENT, "allAuthenticatedUsers"), ROLES),
    Scenario("held by a deleted account", MISSING, Status.FAIL, instead(CLIENT, f"deleted:{BACKEND}?uid=1"), ROLES),
    Scenario("held by a person", MISSING, Status.FAIL, instead(CLIENT, "user:person-1@redacted.invalid"), ROLES),
    Scenario(
        "written in capitals", MISSING, Status.PASS, instead(CLIENT, BACKEND.replace("backend", "Backend")), ROLES
    ),
    Scenario("an owner", MISSING, Status.PASS, together(instead("roles/owner"), refused("iam.roles.get")), ROLES),
    Scenario("an editor that no role tells of", MISSING, Status.PASS, instead("roles/editor"), ROLES),
    Scenario("a predefined role that is nowhere", MISSING, Status.UNKNOWN, instead("roles/synthetic.connector"), ROLES),
    Scenario("a role of other things that is nowhere", MISSING, Status.FAIL, instead("roles/logging.logWriter"), ROLES),
    Scenario(
        "the login to a database is no way to it, and may not be read",
        MISSING,
        Status.FAIL,
        together(instead("roles/cloudsql.instanceUser"), refused("iam.roles.get")),
        SOCKET,
        says=".connect",
    ),
    Scenario("a viewer", MISSING, Status.FAIL, instead("roles/viewer"), ROLES),
    Scenario(
        "a custom role that includes it",
        MISSING,
        Status.PASS,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT, "run.services.get")),
        ROLES,
        says=CUSTOM,
    ),
    Scenario(
        "a custom role with half of it",
        MISSING,
        Status.FAIL,
        together(instead(CUSTOM), defined(CUSTOM, "cloudsql.instances.get")),
        ROLES,
    ),
    Scenario(
        "a custom role that was deleted",
        MISSING,
        Status.FAIL,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT, deleted=True)),
        ROLES,
    ),
    Scenario(
        "a custom role that is disabled",
        MISSING,
        Status.FAIL,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT, stage="DISABLED")),
        ROLES,
    ),
    Scenario(
        "a custom role in a stage never seen",
        MISSING,
        Status.UNKNOWN,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT, stage="DUSK")),
        ROLES,
    ),
    Scenario("a custom role that is nowhere", MISSING, Status.FAIL, instead(CUSTOM), ROLES),
    Scenario(
        "a custom role that may not be read",
        MISSING,
        Status.UNKNOWN,
        together(instead(CUSTOM), refused("iam.roles.get")),
        ROLES,
    ),
    Scenario(
        "a declared custom role",
        MISSING,
        Status.PASS,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT)),
        backend(f"roles: [{CUSTOM}]"),
    ),
    Scenario(
        "a declared custom role that was deleted",
        MISSING,
        Status.FAIL,
        together(instead(CUSTOM), defined(CUSTOM, *CONNECT, deleted=True)),
        backend(f"roles: [{CUSTOM}]"),
    ),
    Scenario(
        "under a condition", MISSING, Status.UNKNOWN, instead(CLIENT, condition=OFFICE_HOURS), ROLES, says="office"
    ),
    Scenario("by a group", MISSING, Status.UNKNOWN, instead(CLIENT, GROUP), ROLES, says=GROUP),
    Scenario("by a domain", MISSING, Status.UNKNOWN, instead(CLIENT, "domain:netrasystems.ai"), ROLES),
    Scenario("a group with another role", MISSING, Status.FAIL, instead("roles/viewer", GROUP), ROLES),
    Scenario("by a group and itself", MISSING, Status.PASS, granted(CLIENT, GROUP), ROLES),
    Scenario(
        "by a set of principals",
        MISSING,
        Status.UNKNOWN,
        instead(
            CLIENT, f"principalSet://cloudresourcemanager.googleapis.com/projects/{ids.NUMBER}/type/ServiceAccount"
        ),
        ROLES,
    ),
    Scenario("the policy may not be read", MISSING, Status.UNKNOWN, refused(POLICY), ROLES, says="GetIamPolicy"),
    Scenario("the policy is no answer", MISSING, Status.UNKNOWN, hollow(POLICY), ROLES, says="etag"),
    Scenario("revisions may not be read", MISSING, Status.UNKNOWN, denied_revisions, ROLES),
    Scenario("services may not be read", MISSING, Status.UNKNOWN, denied_services, ROLES),
    Scenario("the service is gone", MISSING, Status.SKIP, removed, ROLES, NAME, "run.service-missing"),
    Scenario("never ready", MISSING, Status.SKIP, never_ready, ROLES, NAME, "run.not-ready"),
    # Above the project
    Scenario("by the organization", MISSING, Status.PASS, together(without(CLIENT), in_the_organization()), ROLES),
    Scenario(
        "the organization may not be read",
        MISSING,
        Status.UNKNOWN,
        together(without(CLIENT), refused(ABOVE)),
        ROLES,
        says="GetIamPolicy",
    ),
    Scenario("held, and the organization may not be read", MISSING, Status.PASS, refused(ABOVE), ROLES),
    Scenario(
        "a parent of another kind",
        MISSING,
        Status.UNKNOWN,
        together(
            without(CLIENT), lambda estate: policy(estate, "cloudresourcemanager.projects.get").update(parent="x/1")
        ),
        ROLES,
    ),
    Scenario("no parent", MISSING, Status.FAIL, together(without(CLIENT), without_parent, refused(ABOVE)), ROLES),
    Scenario(
        "what lies above may not be read",
        MISSING,
        Status.UNKNOWN,
        together(without(CLIENT), refused("cloudresourcemanager.projects.get")),
        ROLES,
    ),
    Scenario(
        "by the folder", MISSING, Status.PASS, together(without(CLIENT), in_a_folder(BACKEND)), ROLES, says=FOLDER
    ),
    Scenario("by nothing above", MISSING, Status.FAIL, together(without(CLIENT), in_a_folder()), ROLES),
    Scenario(
        "above the folder",
        MISSING,
        Status.PASS,
        together(without(CLIENT), in_a_folder(), in_the_organization()),
        ROLES,
    ),
    Scenario(
        "what lies above the folder may not be read",
        MISSING,
        Status.UNKNOWN,
        together(without(CLIENT), in_a_folder(), refused("cloudresourcemanager.folders.get")),
        ROLES,
    ),
    Scenario(
        "the folder may not be read",
        MISSING,
        Status.UNKNOWN,
        together(without(CLIENT), in_a_folder(), refused("cloudresourcemanager.folders.getIamPolicy")),
        ROLES,
    ),
    Scenario(
        "the folder may not be read and the organization grants it",
        MISSING,
        Status.PASS,
        together(
            without(CLIENT),
            in_a_folder(),
            in_the_organization(),
            refused("cloudresourcemanager.folders.getIamPolicy"),
        ),
        ROLES,
    ),
    # The default account
    Scenario("the default account without it", MISSING, Status.FAIL, AS_DEFAULT, ROLES, says="-compute@developer"),
    Scenario(
        "the default account with it", MISSING, Status.PASS, together(AS_DEFAULT, granted(CLIENT, DEFAULT)), ROLES
    ),
    Scenario(
        "the default account of a project without a number",
        MISSING,
        Status.UNKNOWN,
        together(AS_DEFAULT, refused("cloudresourcemanager.projects.get")),
        ROLES,
    ),
    # What a destination needs
    Scenario("a socket", MISSING, Status.PASS, declared=SOCKET, says="cloudsql.instances.connect"),
    Scenario("a socket without the role", MISSING, Status.FAIL, without(CLIENT), SOCKET, says="lacks cloudsql.inst"),
    Scenario("a socket and the viewer's half", MISSING, Status.FAIL, instead("roles/viewer"), SOCKET, says=".connect"),
    Scenario("a socket and an editor", MISSING, Status.PASS, instead("roles/editor"), SOCKET),
    Scenario("an attached socket, no way said", MISSING, Status.FAIL, without(CLIENT), NO_WAY_SAID),
    Scenario("one finding for role and socket", MISSING, Status.FAIL, without(CLIENT), BOTH, says=f"lacks {CLIENT}"),
    # Secrets
    Scenario("secrets by the project", MISSING, Status.PASS, declared=SECRETS),
    Scenario(
        "secrets by each of them", MISSING, Status.PASS, on_secrets(*TAKEN), SECRETS, says="/secrets/database-url"
    ),
    Scenario(
        "secrets but one",
        MISSING,
        Status.FAIL,
        on_secrets(*TAKEN[1:]),
        SECRETS,
        says="secret postgres-password-staging",
    ),
    Scenario(
        "secrets but a declared one",
        MISSING,
        Status.FAIL,
        together(on_secrets(*TAKEN), another_secret),
        backend(f"roles: [{ACCESSOR}]", "secrets: {LICENSE: license-key}"),
        says="secret license-key",
    ),
    Scenario("no grant on secrets", MISSING, Status.FAIL, on_secrets(), SECRETS),
    Scenario(
        "their policies may not be read",
        MISSING,
        Status.UNKNOWN,
        together(on_secrets(), refused(OF_SECRET)),
        SECRETS,
        says="GetIamPolicy",
    ),
    Scenario(
        "secrets without a policy of their own",
        MISSING,
        Status.FAIL,
        together(on_secrets(), hollow(OF_SECRET)),
        SECRETS,
    ),
    Scenario(
        "their list may not be read",
        MISSING,
        Status.PASS,
        together(on_secrets(*TAKEN), refused("secretmanager.secrets.list")),
        SECRETS,
    ),
    Scenario("secrets by a group", MISSING, Status.UNKNOWN, together(on_secrets(), granted(ACCESSOR, GROUP)), SECRETS),
    # Cloud Run's own account
    Scenario("it has its role", AGENT, Status.PASS, resource=ids.PROJECT),
    Scenario("it lost its role", AGENT, Status.FAIL, NO_AGENT, resource=ids.PROJECT, says="serverless-robot-prod"),
    Scenario("an owner is no agent", AGENT, Status.FAIL, together(NO_AGENT, granted("roles/owner", AGENT_MEMBER))),
    Scenario(
        "by the organization", AGENT, Status.PASS, together(NO_AGENT, in_the_organization(AGENT_ROLE, AGENT_MEMBER))
    ),
    Scenario("above may not be read", AGENT, Status.UNKNOWN, together(NO_AGENT, refused(ABOVE))),
    Scenario("no parent", AGENT, Status.FAIL, together(NO_AGENT, without_parent)),
    Scenario("the policy may not be read", AGENT, Status.UNKNOWN, refused(POLICY)),
    Scenario("the number is not seen", AGENT, Status.UNKNOWN, refused("cloudresourcemanager.projects.get")),
    Scenario("services may not be read", AGENT, Status.UNKNOWN, denied_services),
)
