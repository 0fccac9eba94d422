"""The stand-in packages: they import less, and behave as the package when asked for more."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from diag.calls import METHODS
from diag.cloud.lazy import _Turns

CLIENTS = sorted({method.client.rpartition(".")[0] for method in METHODS.values() if method.client})
PACKAGES = sorted({path.partition(".")[0] for path in CLIENTS})


def run(code: str) -> str:
    """What a fresh interpreter prints: imports leave their mark on this one."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_serves_the_same_client_with_and_without_its_init(package: str) -> None:
    wanted = [path for path in CLIENTS if path.startswith(package + ".")]
    code = f"""
import sys
from operator import attrgetter
from diag.cloud.lazy import load
clients = [load(path) for path in {wanted!r}]
standin = sys.modules["google.cloud.{package}"]
assert "__version__" not in vars(standin), "its __init__ ran"
from google.cloud import {package} as whole
assert whole is standin
assert [getattr(whole, client.__name__, None) for client in clients]  # asks the package itself
assert whole.__version__ and whole.__all__
assert all(attrgetter(path.partition(".")[2])(whole) is load(path) for path in {wanted!r})
print(type(whole).__name__)
"""
    assert run(code) == "module"


@pytest.mark.parametrize("package", PACKAGES)
def test_the_plain_import_gives_every_client_of_the_table(package: str) -> None:
    """Shows when a library moves a client; the stand-in must not be in the way of a plain import before it."""
    names = [path.partition(".")[2] for path in CLIENTS if path.startswith(package + ".")]
    code = f"""
from operator import attrgetter
from google.cloud import {package} as whole
from diag.cloud.lazy import load
assert all(attrgetter(name)(whole) for name in {names!r})
assert load({next(path for path in CLIENTS if path.startswith(package + "."))!r}) is not None
print(type(whole).__name__)
"""
    assert run(code) == "module"


def test_nothing_of_google_is_imported_before_a_call() -> None:
    code = "import sys, diag.cloud.live; print([name for name in sys.modules if name.startswith(('google', 'grpc'))])"
    assert run(code) == "[]"


def test_a_client_that_is_not_called_is_not_imported() -> None:
    code = """
import sys
from diag.cloud.lazy import load
load("run_v2.services.services.ServicesClient")
others = ("compute_v1", "sqladmin_v1", "vpcaccess_v1", "certificate_manager_v1", "run_v2.services.jobs")
print([name for name in others if "google.cloud." + name in sys.modules])
"""
    assert run(code) == "[]"


def test_threads_may_load_everything_at_once() -> None:
    code = f"""
from concurrent.futures import ThreadPoolExecutor
from diag.cloud.lazy import load
paths = {CLIENTS!r} * 4
with ThreadPoolExecutor(16) as pool:
    found = list(pool.map(load, paths))
print(sorted(client.__name__ for client in set(found)) == sorted(path.rpartition(".")[2] for path in set(paths)))
"""
    assert run(code) == "True"


def test_the_collector_is_left_as_it_was() -> None:
    code = "import gc; from diag.cloud.lazy import load; load('vpcaccess_v1.types.Connector'); print(gc.isenabled())"
    assert run(code) == "True"


def test_the_lightest_waiter_is_next() -> None:
    turns = _Turns()
    order: list[str] = []

    def take(name: str, weight: int) -> None:
        with turns.turn(weight):
            order.append(name)

    with turns.turn(1):
        threads = [threading.Thread(target=take, args=pair) for pair in (("heavy", 9), ("light", 1))]
        for thread in threads:
            thread.start()
        while len(turns._waiting) < 2:
            threading.Event().wait(0.005)
    for thread in threads:
        thread.join()
    assert order == ["light", "heavy"]


def test_a_turn_that_does_not_come_in_time_is_a_timeout() -> None:
    turns = _Turns()
    failed: list[TimeoutError] = []

    def take() -> None:
        try:
            with turns.turn(1, 0.01):
                pass
        except TimeoutError as error:
            failed.append(error)

    with turns.turn(1):
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert len(failed) == 1
    with turns.turn(1, 0.01):
        pass


def test_what_every_client_needs_is_imported_ahead() -> None:
    code = (
        "import sys, threading; from diag.cloud.lazy import load_ahead; load_ahead(); "
        "[thread.join() for thread in threading.enumerate() if thread.name == 'diag-import']; "
        "print('google.api_core.gapic_v1' in sys.modules, 'google.cloud.run_v2' in sys.modules)"
    )
    assert run(code) == "True False"
