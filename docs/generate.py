#!/usr/bin/env python3
"""Writes docs/checks/*.md and the data that diag keeps of checks, message types and signatures, ready to be read.

`python docs/generate.py` writes them; `--check` writes nothing and exits 1 when one is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from diag.describe import descriptions, descriptions_of_the_file  # noqa: E402
from diag.described import DATA  # noqa: E402
from diag.frameworks import controls_of  # noqa: E402
from diag.logs.fragments import fragments  # noqa: E402
from diag.logs.signatures import FRAGMENTS, signatures  # noqa: E402
from diag.render.explain import Description, table_json  # noqa: E402
from docs.message_shapes import shapes  # noqa: E402
from docs.scenario_table import coverage  # noqa: E402

PAGES = ROOT / "docs" / "checks"
DEFAULTS = ROOT / "diag" / "rules" / "defaults.json"
HEADINGS = {
    "vpc": "VPC egress and reachability",
    "sql": "Cloud SQL",
    "lb": "Load balancer",
    "run": "Cloud Run",
    "redis": "Memorystore for Redis",
    "logs": "Logs",
    "alerts": "Alerting policies",
    "api": "APIs",
    "req": "The requirements file",
}


def pages(checks: Sequence[Description]) -> dict[str, str]:
    """File name → content: a page for each product that has checks, and the index."""
    products = dict.fromkeys(check.product for check in checks)
    by_product = {product: [check for check in checks if check.product == product] for product in products}
    content = {f"{product}.md": page(product, own) for product, own in by_product.items()}
    return {"README.md": index(by_product), **content}


def index(by_product: dict[str, list[Description]]) -> str:
    """The list of all checks."""
    lines = ["# The checks", "", _GENERATED, ""]
    for product, checks in by_product.items():
        lines += [f"## {HEADINGS.get(product, product)}", "", "| id | severity | judged | finds |", "|---|---|---|---|"]
        for check in checks:
            link = f"[{check.id}]({product}.md#{anchor(check.id)})"
            lines.append(f"| {link} | {check.severity} | {check.judged} | {_cell(check.title)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def page(product: str, checks: Sequence[Description]) -> str:
    """The page of one product."""
    lines = [f"# {HEADINGS.get(product, product)}", "", _GENERATED, ""]
    for check in checks:
        lines += section(check)
    return "\n".join(lines).rstrip() + "\n"


def section(check: Description) -> Iterator[str]:
    """One check: its text as it stands in the code, then what it reads and what declares it."""
    when = "always" if check.always else "where it is declared"
    yield from (f"## {check.id}", "", f"**{check.title}.**", "", f"Severity {check.severity}; judged {when}.", "")
    if check.text:
        yield from (check.text, "")
    yield from ("| reads | method | permission |", "|---|---|---|")
    yield from (f"| {read.api} | {read.method} | `{read.permission}` |" for read in check.reads)
    yield ""
    if check.keys:
        yield from (f"Declared in `diag.yaml` as {', '.join(f'`{key}`' for key in check.keys)}.", "")
    if check.facts:
        yield from (f"Platform facts: {', '.join(check.facts)}.", "")
    controls = dict.fromkeys(f"`{framework.id}:{control.id}`" for framework, control in controls_of(check.id))
    if controls:
        yield from (f"Controls of published benchmarks: {', '.join(controls)}.", "")
    if check.docs:
        yield from (*(f"- <{url}>" for url in check.docs), "")


def anchor(check_id: str) -> str:
    """The anchor that GitHub gives a heading of that id."""
    return check_id.replace(".", "").lower()


def files() -> dict[Path, str]:
    """Every generated file, with what it must hold."""
    checks = descriptions()
    found = {PAGES / name: text for name, text in pages(checks).items()}
    table = PAGES / "scenarios.md"
    return {
        **found,
        table: coverage(_GENERATED_FROM_TESTS),
        DATA: table_json((*checks, *descriptions_of_the_file())),
        DEFAULTS: shapes(),
        FRAGMENTS: needed(),
    }


def needed() -> str:
    """What a line must contain to match a pattern of a signature, by the pattern."""
    found = {pattern: fragments(pattern) for one in signatures().values() for pattern in one.patterns}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def stale(content: Mapping[Path, str]) -> list[Path]:
    """The files that differ from what the checks say, are missing, or belong to no check."""
    changed = [path for path, text in content.items() if not path.is_file() or path.read_text("utf-8") != text]
    return changed + sorted(set(PAGES.glob("*.md")) - content.keys())


def main() -> int:
    """0 when the files are (now) right, 1 when `--check` found a stale one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    content = files()
    old = stale(content)
    if parser.parse_args().check:
        for path in old:
            print(f"{path.relative_to(ROOT)} is stale; type: python docs/generate.py", file=sys.stderr)
        return 1 if old else 0
    PAGES.mkdir(exist_ok=True)
    for path in old:
        if path in content:
            path.write_text(content[path], encoding="utf-8")
        else:
            path.unlink()
    return 0


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_GENERATED_FROM_TESTS = "Generated by `python docs/generate.py` from the scenarios; write a scenario, not this page."
_GENERATED = "Generated by `python docs/generate.py` from the checks; change their docstrings, not this page."

if __name__ == "__main__":
    sys.exit(main())
