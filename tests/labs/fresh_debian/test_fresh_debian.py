# SPDX-License-Identifier: MIT
"""The two commands of the README, on a Debian 12 that has only what its installer gave it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator

import pytest

from tests.labs.fresh_debian import chroot
from tests.labs.fresh_debian.chroot import CHECKOUT, Chroot
from tests.project.files import ROOT

CHECK = ("python3", "develop.py", "run", "check", "--demo", "cgnat-fresh", "--json")
PERSON = "person"


@pytest.fixture(autouse=True)
def able() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("needs root, for a chroot")
    if not shutil.which("debootstrap"):
        pytest.skip("needs debootstrap: apt-get install debootstrap")


@pytest.fixture
def machine(request: pytest.FixtureRequest) -> Iterator[Chroot]:
    made = chroot.fresh(request.node.name)
    yield made
    chroot.remove(made.root)


def assert_looked(done: subprocess.CompletedProcess[str]) -> None:
    """The assistant has found what the scenario expects, and said nothing else on standard output."""
    expected = tomllib.loads((ROOT / "resources" / "scenarios" / "cgnat-fresh.toml").read_text(encoding="utf-8"))
    expected = expected["expect"]["check"]
    assert done.returncode == expected["exit"], done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["outcome"] == expected["outcome"]
    assert answer["connection"]["verdict"] == expected["verdict"]


def test_root_starts_and_tests_it_at_once(machine: Chroot) -> None:
    assert_looked(machine.run(*CHECK))
    assert_looked(machine.run(*CHECK, offline=True, timeout=90))
    tests = machine.run("python3", "develop.py", "test", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout[-8000:] + tests.stderr[-2000:]
    assert re.search(r"\d+ passed", tests.stdout)
    installed = machine.run("/usr/bin/python3", "-c", "import httpx")
    assert installed.returncode == 1, "the machine's own Python stays as it was"


def test_others_are_told_the_exact_commands(machine: Chroot) -> None:
    assert machine.run("useradd", "--create-home", PERSON).returncode == 0
    assert machine.run("chown", "-R", PERSON, str(CHECKOUT)).returncode == 0

    told = machine.run(*CHECK, user=PERSON)
    assert told.returncode == 1
    assert told.stdout == ""
    follow(machine, told.stderr)
    assert_looked(machine.run(*CHECK, user=PERSON))

    told = machine.run("python3", "develop.py", "test", "tests/project", user=PERSON)
    assert told.returncode == 1
    follow(machine, told.stderr)
    tests = machine.run("python3", "develop.py", "test", "tests/project/test_files.py", user=PERSON)
    assert tests.returncode == 0, tests.stdout + tests.stderr


def follow(machine: Chroot, words: str) -> None:
    """Do as the words say, root's part of it."""
    (command,) = re.findall(r"sudo sh -c '(.*)'", words)
    done = machine.run("sh", "-c", command)
    assert done.returncode == 0, done.stdout + done.stderr
