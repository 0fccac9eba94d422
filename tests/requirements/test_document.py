"""The text of the file: what is not plain, single-document YAML 1.2 of bounded size is a fault with a place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from diag.errors import RequirementsError
from diag.requirements.document import MAX_BYTES, Listing, Node, Scalar, Table, merge, parse_document
from diag.requirements.load import load
from tests.requirements.conftest import HEAD, Faults

DEEP = "a: " + "[" * 40 + "]" * 40 + "\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + below] * 10)}]\n" for below, name in zip("abcde", "bcdef", strict=True)
)

TEXTS = [
    ("", "diag.yaml:1:1: the file is empty; write `version: 1` and `project: PROJECT_ID`"),
    ("# only a comment\n", "diag.yaml:1:1: the file is empty; write `version: 1` and `project: PROJECT_ID`"),
    ("- a\n", "diag.yaml:1:1: the file is not a mapping; write `version: 1` and `project: …` first"),
    (b"version: 1\n\xff\n", "diag.yaml:2:1: this is not UTF-8 text; save the file as UTF-8"),
    (
        b"\x00\x01\x02",
        "diag.yaml:1:1: a control character (U+0000) stands here; remove it: the file must be plain text",
    ),
    ("#" * (MAX_BYTES + 1), "diag.yaml:1:1: the file is larger than 256 KiB; split it and give each part with -r"),
    ("version: 1\nservices:\n\tweb: {}\n", "diag.yaml:3:1: a tab stands where YAML wants spaces; indent with spaces"),
    ("%YAML 1.1\n---\n" + HEAD, "diag.yaml:1:1: %YAML 1.1 is asked for; remove the line: the file is YAML 1.2"),
    (
        "%TAG ! tag:x,2000:\n---\n" + HEAD,
        "diag.yaml:1:1: a %TAG directive stands here; remove it: the file has no tags",
    ),
    (
        HEAD + "region: !!str us-central1\n",
        "diag.yaml:3:9: a YAML tag stands here; remove the `!…`: write the plain value",
    ),
    (HEAD + "---\na: 1\n", "diag.yaml:3:1: a second document starts here; keep one document: remove this `---`"),
    (DEEP, "diag.yaml:1:35: nested deeper than 32 levels; write it flatter"),
    (HEAD + "services: &s {web: *s}\n", "diag.yaml:3:20: the alias *s refers to itself; write the value out"),
    (HEAD + "region: *nowhere\n", "diag.yaml:3:9: the alias *nowhere names no anchor before it; write the value out"),
    (BOMB, "diag.yaml:4:36: aliases repeat more than 10000 values; write the values out where they belong"),
    (
        HEAD + "project: other-project\n",
        'diag.yaml:3:1: the key "project" on line 3 is already on line 2; write it once',
    ),
    (HEAD + "? [a]\n: b\n", "diag.yaml:3:3: a key is missing or is not a plain name; write `name: value`"),
    (
        HEAD + "<<: {region: us-central1}\n",
        "diag.yaml:3:1: merge keys (<<) are not part of YAML 1.2; write the keys out",
    ),
    (
        HEAD + "services: {web: {\n",
        "diag.yaml:3:18: YAML syntax: expected the node content, but found '<stream end>'; "
        "check the indentation, colons, quotes and brackets before it",
    ),
    (
        HEAD + 'region: "\\UFFFFFFFF"\n',
        "diag.yaml:3:1: the value after this is not YAML that can be read; check its quotes and escapes (\\)",
    ),
]


@pytest.mark.parametrize(("text", "line"), TEXTS, ids=[line.partition(": ")[2][:40] for _, line in TEXTS])
def test_a_text_that_is_not_the_yaml_we_read_is_one_fault_with_its_place(
    faults: Faults, text: str | bytes, line: str
) -> None:
    assert line in faults(text)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with contextlib.chdir(tmp_path), pytest.raises(RequirementsError) as missing:
        load([Path("absent.yaml")])
    with contextlib.chdir(tmp_path), pytest.raises(RequirementsError) as folder:
        load([Path(".")])
    advice = "check the path, or write a file with `diag init`"
    assert missing.value.lines == (f"absent.yaml:1:1: the file cannot be read: No such file or directory; {advice}",)
    assert folder.value.lines == (f".:1:1: the file cannot be read: Is a directory; {advice}",)


def test_scalars_follow_yaml_1_2() -> None:
    text = "a: NO\nb: 2026-12-31\nc: 0o17\nd: 12:30\ne: 1e3\nf: 007\ng: 'true'\nh: True\ni: ~\nj:\n"
    root = parse_document(text, "diag.yaml").root
    assert root is not None
    values = {key: entry.value.value for key, entry in root.entries.items() if isinstance(entry.value, Scalar)}
    assert values == {
        "a": "NO", "b": "2026-12-31", "c": "0o17", "d": "12:30", "e": 1000.0,
        "f": 7, "g": "true", "h": True, "i": None, "j": None,
    }  # fmt: skip


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(write: Callable[..., Path]) -> None:
    assert load([write(b"\xef\xbb\xbfversion: 1\r\nproject: netra-staging\r\n")]).project == "netra-staging"


def test_an_alias_repeats_its_value(write: Callable[..., Path]) -> None:
    text = HEAD + "services: {a: &common {cpu: 2}, b: *common}\n"
    assert {name: service.cpu for name, service in load([write(text)]).services.items()} == {"a": 2.0, "b": 2.0}


def test_merge_goes_into_mappings_and_replaces_everything_else() -> None:
    def tree(text: str) -> Node:
        root = parse_document(text, "x").root
        assert root is not None
        return root

    def plain(node: Node) -> object:
        match node:
            case Table():
                return {key: plain(entry.value) for key, entry in node.entries.items()}
            case Listing():
                return [plain(item) for item in node.items]
        return node.value

    under, over = tree("a: {b: 1, c: [1, 2]}\nd: 1\n"), tree("a: {c: [3]}\nd: {e: 2}\n")
    assert plain(merge(under, over)) == {"a": {"b": 1, "c": [3]}, "d": {"e": 2}}
