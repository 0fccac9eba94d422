"""The file's own rules: CEL over a resource's API JSON, as checks like any other."""

from diag.rules.checks import own_checks

__all__ = ["own_checks"]
