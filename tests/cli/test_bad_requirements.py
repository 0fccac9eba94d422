"""A requirements file that cannot be read, or is wrong: exit 2, one line a fault, nothing on stdout."""

from __future__ import annotations

import re

import pytest

from tests.cli.shell import HEAD, RESTORED, Shell

BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
BAD: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "diag.yaml:1:1: the file is empty; write `version: 1` and `project: PROJECT_ID`"),
    "binary": (b"version: 1\n\xff\xfe\x00", "diag.yaml:2:1: this is not UTF-8 text; save the file as UTF-8"),
    "control characters": ("version: 1\n\0", "diag.yaml:2:1: a control character (U+0000) stands here; remove it"),
    "larger than 256 KiB": (HEAD + "# x\n" * 70_000, "diag.yaml:1:1: the file is larger than 256 KiB; split it"),
    "deeply nested": (HEAD + "services: " + "[" * 5000 + "]" * 5000, "nested deeper than 32 levels; write it flatter"),
    "an alias bomb": (HEAD + BOMB, "aliases repeat more than 10000 values; write the values out"),
    "an alias of itself": (HEAD + "environments: &e {a: *e}\n", "diag.yaml:4:22: the alias *e refers to itself"),
    "tabs": (HEAD + "services:\n\tweb: {}\n", "diag.yaml:5:1: a tab stands where YAML wants spaces; indent with"),
    "no mapping": ("- version\n", "diag.yaml:1:1: the file is not a mapping; write `version: 1`"),
    "a key twice": (HEAD + "region: us-east1\n", 'the key "region" on line 4 is already on line 3; write it once'),
    "a wrong type": (HEAD + "services: 3\n", "diag.yaml:4:11: services: a single value stands where a mapping"),
    "a misspelt key": (HEAD + "sevices: {}\n", '"sevices" is not a key here; did you mean "services"?'),
    "an overlay in an overlay": (
        HEAD + "environments: {a: {environments: {b: {}}}}\n",
        'environments.a: "environments" cannot stand here; move it out',
    ),
    "a reference to nothing": (
        HEAD + "services: {web: {egress: {connector: stagin}}}\nconnectors: {staging: {}}\n",
        '"stagin" is not declared in connectors; did you mean "staging"?',
    ),
    "no project": ("version: 1\n", "diag.yaml:1:1: project is missing; write `project: the id, such as netra-staging`"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_told_by_place_cause_and_cure(name: str, diag: Shell) -> None:
    content, said = BAD[name]
    diag.write("diag.yaml", content)
    done = diag("check", "--from", RESTORED)
    done.refused(2, said)
    assert all(re.match(r"diag\.yaml:\d+:\d+: .+; .+", line) for line in done.err.splitlines())


def test_every_fault_of_a_file_is_told_at_once(diag: Shell) -> None:
    diag.write("diag.yaml", "version: 2\nproject: 12\nregion: [us]\nservices:\n  Web: {}\n  api: {cpu: lots}\nx: 1\n")
    done = diag("check", "--from", RESTORED)
    done.refused(2)
    places = [line.split(":")[1] for line in done.err.splitlines()]
    assert places == ["1", "2", "3", "5", "6", "7"]


@pytest.mark.parametrize(
    ("path", "said"),
    [("absent.yaml", "No such file or directory"), (".", "Is a directory"), ("absent/diag.yaml", "No such file")],
)
def test_a_file_that_cannot_be_opened_is_named(path: str, said: str, diag: Shell) -> None:
    done = diag("check", "--from", RESTORED, "-r", path)
    done.refused(2, f"{path}:1:1: the file cannot be read: {said}", "write a file with `diag init`")


def test_the_faults_of_several_files_come_with_the_name_of_each(diag: Shell) -> None:
    first = diag.write("first.yaml", HEAD + "x: 1\n")
    second = diag.write("second.yaml", "y: 1\n")
    done = diag("check", "--from", RESTORED, "-r", first, "-r", second)
    done.refused(2)
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["first.yaml", "second.yaml"]


def test_an_environment_that_is_not_there_is_guessed(diag: Shell) -> None:
    diag.write("diag.yaml", HEAD + "environments: {production: {}}\n")
    diag("check", "--from", RESTORED, "--env", "prodution").refused(2, 'did you mean "production"?')


def test_an_environment_needs_a_file(diag: Shell) -> None:
    diag("check", "--from", RESTORED, "--env", "production").refused(2, "there is none; give one with -r")


def test_resources_without_a_region_are_listed_by_their_place(diag: Shell) -> None:
    diag.write("diag.yaml", "version: 1\nproject: netra-staging\nservices:\n  web: {}\n  api: {region: us-central1}\n")
    diag("check").refused(2, "diag.yaml:4:3: web has no region; write region: at the top of the file")
