# SPDX-License-Identifier: MIT
"""A new Debian in a folder: nothing but the base system, and what is asked for.

Packages come from wherever this machine gets its own: apt's mirror and pip's settings are passed on as they are here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.project.files import ROOT, project_files

BUILD = ROOT / "build" / "labs" / "fresh-debian"
RELEASE = "bookworm"
CHECKOUT = Path("/srv/setup-assistant")
BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PASSED_ON = re.compile(r"PIP_\w+|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(https?|no|all)_proxy", re.IGNORECASE)
# Mounts end with the process, whatever becomes of it: they are made in a mount namespace of its own.
ENTER = """
set -e
root=$1; binds=$2; folder=$3; user=$4; shift 4
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
printf '%s' "$binds" | while read -r path; do mount --bind "$path" "$root$path"; done
exec chroot --userspec="$user" "$root" env -C "$folder" "$@"
"""


@dataclass(frozen=True)
class Chroot:
    root: Path

    def run(
        self, *command: str, user: str = "root", offline: bool = False, timeout: float = 1500
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the checkout, as on a machine of its own."""
        binds = trusted_files()
        for path in binds:
            make_mount_point(self.root / path.relative_to("/"), folder=path.is_dir())
        table = "".join(f"{path}\n" for path in binds)
        home = "/root" if user == "root" else f"/home/{user}"
        environ = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        environ |= {"PATH": BASE_PATH, "HOME": home, "LANG": "C.UTF-8"}
        settings = [f"{name}={value}" for name, value in environ.items()]
        spaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", *(["--net"] if offline else [])]
        entered = ["sh", "-c", ENTER, "enter", str(self.root), table, str(CHECKOUT), user]
        return subprocess.run(
            [*spaces, *entered, "-i", *settings, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


def fresh(name: str) -> Chroot:
    """Return a new Debian 12 with its own python3, and with a copy of this checkout, as git tracks it, in it."""
    made = bare(name, RELEASE, "python3", "ca-certificates")
    checkout = made.root / CHECKOUT.relative_to("/")
    for source in project_files():
        target = checkout / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return made


def bare(name: str, release: str, *packages: str) -> Chroot:
    """Return a new machine with a release of Debian, and with these packages of it."""
    base, root = base_system(release, *packages), BUILD / name
    remove(root)
    subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(root)], check=True)
    for file in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copyfile(file, root / file[1:])
    (root / CHECKOUT.relative_to("/")).mkdir(parents=True, exist_ok=True)
    return Chroot(root)


def base_system(release: str, *packages: str) -> Path:
    """Return the folder with the base system, made once by debootstrap and kept under build/."""
    base = BUILD / "-".join(("base", release, *packages))
    unfinished = base.with_name(f"{base.name}.unfinished")
    if not base.exists():
        remove(unfinished)
        unfinished.parent.mkdir(parents=True, exist_ok=True)
        options = ["--variant=minbase", *([f"--include={','.join(packages)}"] if packages else [])]
        done = subprocess.run(
            ["debootstrap", *options, release, str(unfinished), *mirror()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        settings = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
        network = [line for line in settings.splitlines() if re.search("proxy|verify|cainfo", line, re.IGNORECASE)]
        (unfinished / "etc/apt/apt.conf.d/90network").write_text("\n".join([*network, ""]), encoding="utf-8")
        unfinished.rename(base)
    return base


def mirror() -> list[str]:
    """Return the mirror from which this machine has its Debian; without one, debootstrap knows its own."""
    targets = ["apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]
    listed = subprocess.run(targets, capture_output=True, text=True, check=False).stdout
    return [line.split(" ", 2)[2] for line in listed.splitlines() if line.startswith(f"{RELEASE} main ")][:1]


def trusted_files() -> list[Path]:
    """Return this machine's own certificates and pip settings, each to be seen in the chroot at the same place."""
    named = [value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)]
    usual = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"]
    return [Path(value) for value in dict.fromkeys(usual + named) if value[:1] == "/" and Path(value).exists()]


def make_mount_point(path: Path, folder: bool) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if folder:
        path.mkdir()
    else:
        path.touch()


def remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
