# SPDX-License-Identifier: MIT
"""Rules for everything else that is kept: documents, locks, scenarios, workflows."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from tests.project.files import ROOT, found_in, project_files, text_of

# Written in two halves, so that this file does not hold them itself.
REGISTRIES = (
    ("pypi", ".org"),
    ("python", "hosted.org"),
    ("registry.", "npmjs"),
    ("proxy.", "golang"),
    ("sum.", "golang"),
    ("crates", ".io"),
    ("deb.", "debian.org"),
    ("security.", "debian.org"),
    ("repo1.", "maven"),
)
MACHINE_PATHS = (("/wo", "rk/"), ("/fa", "rm/"), ("/root/", r"\."))


def project_table() -> dict[str, Any]:
    return tomllib.loads(text_of(ROOT / "pyproject.toml"))


def locked(name: str) -> dict[str, str]:
    """Return the package names and versions of a lock."""
    found = re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", text_of(ROOT / "requirements" / f"{name}.txt"), re.MULTILINE)
    return dict(found)


def test_no_file_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    words = [first + second for first, second in REGISTRIES + MACHINE_PATHS]
    pattern = r"(?<![\w.-])(" + "|".join(word if "\\" in word else re.escape(word) for word in words) + ")"
    if offences := found_in(project_files(), pattern):
        pytest.fail(
            "Leave registries to the package clients' own settings, and paths to those who run the code. For a lock, "
            "`nox -s lock` writes one without hosts.\n" + "\n".join(offences)
        )


@pytest.mark.parametrize("name", ["runtime", "test", "labs", "package"])
def test_locks_hold_names_versions_and_hashes_only(name: str) -> None:
    lines = text_of(ROOT / "requirements" / f"{name}.txt").splitlines()
    strange = [
        line for line in lines if not re.match(r"[a-z0-9-]+==\S+( ; .*)? \\$|    --hash=sha256:[0-9a-f]{64}", line)
    ]
    assert not strange, "`python3 develop.py check lock` writes the locks; nobody edits them by hand"


def test_locks_agree_with_each_other_and_with_the_project() -> None:
    runtime, test = locked("runtime"), locked("test")
    assert runtime.items() <= test.items(), (
        "run `python3 develop.py check lock`: both locks name one version of a package"
    )
    wanted = {re.split(r"[^A-Za-z0-9-]", line)[0].lower() for line in project_table()["project"]["dependencies"]}
    assert wanted <= runtime.keys(), (
        "run `python3 develop.py check lock`: pyproject.toml has a dependency that is not locked"
    )


def test_qt_is_a_release_that_keeps_its_references() -> None:
    assert locked("runtime")["pyside6-essentials"].startswith("6.11."), (
        "6.12.0 aborts on Python 3.11; see pyproject.toml"
    )


def test_scenarios_are_readable() -> None:
    scenarios = [file for file in project_files() if file.parent == ROOT / "resources" / "scenarios"]
    assert scenarios, "resources/scenarios holds the simulated hosts, one TOML file each"
    for file in scenarios:
        try:
            table = tomllib.loads(text_of(file))
        except tomllib.TOMLDecodeError as error:
            pytest.fail(f"{file.name} is no TOML: {error}")
        assert "expect" in table, f"{file.name} lacks [expect]: what check, apply, a second apply and undo come to"


@pytest.mark.parametrize("command", ["python3 develop.py run", "python3 develop.py test", "python3 develop.py labs"])
def test_the_readme_names_the_commands(command: str) -> None:
    assert command in text_of(ROOT / "README.md"), "a newcomer looks into README.md first; say there how to start"


def test_each_python_version_is_named_alike_everywhere() -> None:
    assert project_table()["project"]["requires-python"] == ">=3.11,<3.14"
    assert "OLDEST, NEWEST = (3, 11), (3, 13)" in text_of(ROOT / "develop.py")
    workflow = text_of(ROOT / ".github" / "workflows" / "check.yml")
    assert '"3.11"' in workflow
    assert '"3.13"' in workflow


def test_ci_runs_the_commands_of_the_readme() -> None:
    script = text_of(ROOT / ".ci" / "run")
    for command in (
        "python3 develop.py check",
        "python3 develop.py test",
        "LABS_REQUIRED=1",
        "python3 develop.py labs",
    ):
        assert command in script


def test_the_pictures_of_the_docs_are_there_and_those_of_the_readme_in_both_schemes() -> None:
    named = set(re.findall(r"docs/pictures/[\w-]+\.png", text_of(ROOT / "README.md")))
    in_guide = re.findall(r"\((pictures/[\w-]+\.png)\)", text_of(ROOT / "docs" / "guide.md"))
    there = {str(file.relative_to(ROOT).as_posix()) for file in (ROOT / "docs" / "pictures").iterdir()}
    assert named | {f"docs/{picture}" for picture in in_guide} == there, "nox -s pictures writes them anew"
    assert {name.replace("-light", "-dark") for name in named if "-light" in name} == {
        name for name in named if "-dark" in name
    }
