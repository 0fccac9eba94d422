"""The reading alone: every JSON file of a bundle is loaded, and its requirements are composed from YAML.

`python -m tests.bench.reading BUNDLE`: what no program that judges a bundle can do without.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from ruamel.yaml import YAML

bundle = Path(sys.argv[1])
read = [json.loads(path.read_bytes()) for path in bundle.rglob("*.json")]
composed = YAML(typ="safe", pure=True).compose(bundle / "diag.yaml")
print(len(read), len(composed.value))
