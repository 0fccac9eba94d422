"""The fixture `diag`: the shell of the command line's tests."""

from tests.cli.conftest import diag

__all__ = ["diag"]
