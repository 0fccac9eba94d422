"""What every test stands on."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """A runner that was started in the background ignores Ctrl-C, and so would the processes that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
