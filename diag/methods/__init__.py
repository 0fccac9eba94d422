"""The method table: every read that `diag` can make of the platform.

The table is the only list of API methods. The live source calls by it, the wire-level fake of the
tests serves by it, `diag role` derives permissions from it. Imports no google package.
"""

from __future__ import annotations

from collections.abc import Mapping

from diag.methods.method import Json, Method, Verb
from diag.methods.networking import NETWORKING
from diag.methods.operating import OPERATING
from diag.methods.serving import SERVING

METHODS: Mapping[str, Method] = {method.key: method for method in (*SERVING, *NETWORKING, *OPERATING)}
"""Key → method, in the order of the request path."""

__all__ = ["METHODS", "Json", "Method", "Verb"]
