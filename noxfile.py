# SPDX-License-Identifier: MIT
"""The checks that a change must pass. ``python3 develop.py check`` runs them in .venv.

None needs the network, but `workflows` once, for the modules of its Go program."""

from __future__ import annotations

import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.sessions = ["format", "lint", "types", "imports", "workflows", "tests"]
nox.options.default_venv_backend = "none"

CHECKED = ("src", "tests", "docs", "benchmarks", "installers", "languages", "develop.py", "noxfile.py")
PLATFORMS = ("linux", "win32", "darwin")
LOCKS = {
    "runtime": ("pyproject.toml", "--group", "build"),
    "test": ("pyproject.toml", "--group", "test", "-c", "requirements/runtime.txt"),
    "labs": ("--group", "pyproject.toml:labs"),
    "package": ("--group", "pyproject.toml:package", "-c", "requirements/runtime.txt"),
}


def python(session: nox.Session, *arguments: str, **environ: str) -> None:
    """Run a module of .venv's own Python."""
    session.run(sys.executable, *arguments, env=environ, external=True)


@nox.session
def format(session: nox.Session) -> None:
    """Is the code formatted? ``nox -s format -- --fix`` formats it."""
    python(session, "-m", "ruff", "format", *([] if "--fix" in session.posargs else ["--diff"]), ".")


@nox.session
def lint(session: nox.Session) -> None:
    """Does the code follow the rules of pyproject.toml?"""
    python(session, "-m", "ruff", "check", *session.posargs, ".")


@nox.session
def types(session: nox.Session) -> None:
    """Are the types right, on each of the three systems?"""
    for platform in PLATFORMS:
        options = ["--platform", platform, "--cache-dir", f".mypy_cache/{platform}"]
        python(session, "-m", "mypy", *options, *(session.posargs or CHECKED))


@nox.session
def imports(session: nox.Session) -> None:
    """Do imports point down?"""
    session.run("lint-imports", "--cache-dir", ".import_linter_cache", external=True)


@nox.session
def workflows(session: nox.Session) -> None:
    """Are the workflows what the service that runs them understands, and safe?"""
    files = sorted(str(file) for file in Path(".github/workflows").glob("*.yml"))
    python(session, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    session.run("zizmor", "--offline", "--no-progress", "--quiet", *files, external=True)
    absolute = [str(Path(file).absolute()) for file in files]
    session.run("go", "-C", "tests/project/actionlint", "tool", "actionlint", *absolute, external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Write docs/findings.md and docs/help.md anew from the words in the code."""
    python(session, "docs/make_findings.py")
    python(session, "docs/make_help.py")


@nox.session
def words(session: nox.Session) -> None:
    """Write languages/*.po and resources/languages/*.mo anew; ``-- --check`` only tells what is missing."""
    python(session, "-m", "languages.catalogues", *session.posargs)


@nox.session
def pictures(session: nox.Session) -> None:
    """Write the pictures of README.md (light and dark) and docs/guide.md (light) anew: a first run, and undo."""
    make, to = ("docs/make_pictures.py", "cgnat-fresh"), ("--output", "docs/pictures")
    python(session, *make, *to, "--only", "connection", "review", "proof", "done")
    python(session, *make, *to, "--scheme", "light", "--only", "welcome", "tailscale", "plex_sign_in")
    python(session, *make, *to, "--scheme", "light", "--undo", "--only", "undo_review")


@nox.session
def tests(session: nox.Session) -> None:
    """Do the tests pass?"""
    python(session, "develop.py", "test", *session.posargs)


@nox.session
def labs(session: nox.Session) -> None:
    """Do the tests against real counterparts pass?"""
    python(session, "develop.py", "labs", *session.posargs)


@nox.session
def package(session: nox.Session) -> None:
    """Build what people download for this system, into build/package; not one of the checks."""
    python(session, "-m", "installers.build", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Write requirements/*.txt anew; ``nox -s lock -- --upgrade`` takes the newest versions that fit."""
    for name, sources in LOCKS.items():
        target = Path("requirements", f"{name}.txt")
        options = ["--universal", "--generate-hashes", "--python-version", "3.11", "--quiet"]
        silent = ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
        output = ["--output-file", str(target)]
        session.run("uv", "pip", "compile", *sources, *options, *silent, *output, *session.posargs, external=True)
        if "://" in target.read_text(encoding="utf-8"):
            session.error(f"{target} names a host; it must hold nothing but names, versions and hashes.")
