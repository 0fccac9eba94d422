"""What a method is: a row of the table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from diag.values import dataclass, field

Json = dict[str, Any]


class Verb(Enum):
    """What a method does; no verb here changes anything."""

    GET = "get"
    LIST = "list"
    AGGREGATED_LIST = "aggregatedList"
    GET_IAM_POLICY = "getIamPolicy"
    TEST_IAM_PERMISSIONS = "testIamPermissions"

    @property
    def lists(self) -> bool:
        """Whether the answer is a list of resources, in pages."""
        return self in (Verb.LIST, Verb.AGGREGATED_LIST)


@dataclass(frozen=True, eq=False)
class Method:
    """One read method of one API: a row of the table."""

    key: str
    """Our name: `api.collection.verb`."""
    topic: str
    """The kind of fact it gives; checks name topics in `reads`."""
    api: str
    name: str
    """The name that evidence shows."""
    verb: Verb
    permission: str
    """The IAM permission that it needs; empty where none is."""
    client: str
    """Path of the client library's method below `google.cloud`: `package.services.service.Client.method`.

    Empty where no library of Google's has one: then the REST path is read as it stands.
    """
    http: str
    """REST path with the request's fields in braces; `{parent=…}` fields span slashes."""
    rpc: str = ""
    """gRPC path `/package.Service/Method`; empty where the client library speaks REST."""
    items: str = ""
    """The field that holds a list's resources; of an aggregated list, the field within each scope."""
    partial: tuple[str, ...] = ()
    """Top-level fields that, when not empty, say that the answer is not whole."""
    named_by: str = "name"
    """The field that identifies a resource; empty where an answer or an item has none."""
    constant: Mapping[str, Any] = field(default_factory=dict)
    """Fields of every request of this method that are no part of what is asked."""
    most: int = 0
    """Items after which a list is cut and called partial; 0 reads every page."""
    optional: bool = False
    """Whether its answer adds to what is known while its lack takes nothing away: a gap is then told to nobody."""
    post: bool = False
    """Whether REST asks for it by POST, as it does for some reads that take a body."""
    also: tuple[str, ...] = ()
    """Further permissions that a role needs, where documentation does not settle which one is tested."""
