"""A fake of the Google APIs on loopback: gRPC and REST on one port, served from a recorded bundle."""

from tests.fake.faults import Fault
from tests.fake.server import Fake

__all__ = ["Fake", "Fault"]
