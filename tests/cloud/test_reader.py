"""What an API without a client library answers, when it is of another shape than its documentation says."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from diag.calls import METHODS, GapKind, Json
from diag.cloud.errors import Failure, read_failure
from diag.cloud.reader import Reader


class _Session:
    """Gives one answer to everything."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def get(self, url: str, **options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response._content = self._body
        return response


def _read(body: bytes) -> Json | Failure:
    reader = Reader(METHODS["dns.managedZones.list"], "https://dns.googleapis.com", _Session(body))
    try:
        return reader(request={"project": "p"}, retry=None, timeout=1.0)
    except Exception as error:
        return read_failure(error)


@pytest.mark.parametrize("body", [b'{"managedZones": [{"name": "z"}]}', b'{"kind": "dns#managedZonesListResponse"}'])
def test_a_list_of_objects_is_taken_and_an_absent_one_is_empty(body: bytes) -> None:
    assert isinstance(_read(body), dict)


@pytest.mark.parametrize(
    "body",
    [
        b'{"managedZones": 5}',
        b'{"managedZones": null}',
        b'{"managedZones": {"name": "z"}}',
        b'{"managedZones": [null]}',
        b'{"managedZones": ["z"]}',
        b"[]",
        b"null",
        b"",
        b"<html>",
        b'{"managedZones": "\xff"}',
        b"[" * 100_000,
    ],
)
def test_another_shape_is_malformed(body: bytes) -> None:
    failure = _read(body)
    assert isinstance(failure, Failure)
    assert failure.kind is GapKind.MALFORMED
