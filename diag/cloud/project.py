"""Which project and region a run is about, and which place said so; starts no gcloud, imports no google.

The order is that of interface.md: option, requirements file, CLOUDSDK_CORE_PROJECT,
GOOGLE_CLOUD_PROJECT, the active gcloud configuration, the credentials' project.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from diag.values import dataclass


@dataclass(frozen=True)
class Named:
    """A value and the place that gave it, as the report shows it: `--project`, `CLOUDSDK_CORE_PROJECT`."""

    value: str
    source: str


def find_project(option: str | None, declared: str | None, environ: Mapping[str, str]) -> Named | None:
    """The project's id; None when no place names one (a metadata server may still know it)."""
    places: tuple[Callable[[], Named | None], ...] = (
        lambda: _named(option, "--project"),
        lambda: _named(declared, "requirements file"),
        lambda: _variable("CLOUDSDK_CORE_PROJECT", environ),
        lambda: _variable("GOOGLE_CLOUD_PROJECT", environ),
        lambda: _configured(environ, ("core", "project")),
        lambda: _credentials_project(environ),
    )
    return _first(places)


def find_region(option: str | None, declared: str | None, environ: Mapping[str, str]) -> Named | None:
    """The default region: option, file, CLOUDSDK_RUN_REGION, CLOUDSDK_COMPUTE_REGION, gcloud's configuration."""
    places: tuple[Callable[[], Named | None], ...] = (
        lambda: _named(option, "--region"),
        lambda: _named(declared, "requirements file"),
        lambda: _variable("CLOUDSDK_RUN_REGION", environ),
        lambda: _variable("CLOUDSDK_COMPUTE_REGION", environ),
        lambda: _configured(environ, ("run", "region")),
        lambda: _configured(environ, ("compute", "region")),
    )
    return _first(places)


def config_folder(environ: Mapping[str, str]) -> Path:
    """gcloud's folder: `CLOUDSDK_CONFIG`, else the platform's default place."""
    if environ.get("CLOUDSDK_CONFIG"):
        return Path(environ["CLOUDSDK_CONFIG"])
    if sys.platform == "win32":
        return Path(environ.get("APPDATA", "C:\\")) / "gcloud"
    home = environ.get("HOME")
    return (Path(home) if home else Path(os.path.expanduser("~"))) / ".config" / "gcloud"


def credentials_file(environ: Mapping[str, str]) -> Path | None:
    """The file with Application Default Credentials; None when there is none (a metadata server may serve them)."""
    explicit = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    if explicit:
        return Path(explicit)
    default = config_folder(environ) / "application_default_credentials.json"
    return default if default.is_file() else None


def _first(places: tuple[Callable[[], Named | None], ...]) -> Named | None:
    return next((found for place in places if (found := place()) is not None), None)


def _named(value: str | None, source: str) -> Named | None:
    return Named(value, source) if value else None


def _variable(name: str, environ: Mapping[str, str]) -> Named | None:
    return _named(environ.get(name, "").strip(), name)


def _configured(environ: Mapping[str, str], key: tuple[str, str]) -> Named | None:
    name = _active_configuration(environ)
    if name is None:
        return None
    import configparser  # only where gcloud has a configuration

    # gcloud's property files know no interpolation: a `%` is a `%`.
    parser = configparser.RawConfigParser()
    try:
        parser.read(config_folder(environ) / "configurations" / f"config_{name}", encoding="utf-8")
    except (configparser.Error, OSError, UnicodeDecodeError):
        return None
    return _named(parser.get(*key, fallback="").strip(), f"gcloud configuration {name}")


def _active_configuration(environ: Mapping[str, str]) -> str | None:
    """The name of gcloud's active configuration; None where gcloud was told to use none."""
    name = environ.get("CLOUDSDK_ACTIVE_CONFIG_NAME", "").strip()
    if not name:
        try:
            name = (config_folder(environ) / "active_config").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            name = ""
    name = name or "default"
    return None if name == "NONE" or "/" in name or "\\" in name else name


def _credentials_project(environ: Mapping[str, str]) -> Named | None:
    """A service account key names its project; user credentials name none."""
    path = credentials_file(environ)
    try:
        info = json.loads(path.read_text(encoding="utf-8")) if path else {}
    except (OSError, ValueError):
        return None
    project = info.get("project_id") if isinstance(info, dict) else None
    return _named(project if isinstance(project, str) else None, "credentials")
