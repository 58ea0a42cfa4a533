# SPDX-License-Identifier: MIT
"""How long the verdict on the line takes, on the networks of tests/labs/lines. Linux, root.

    python3 develop.py labs --co -q        # once: installs what the lab needs
    apt-get install miniupnpc traceroute   # for the old way
    .venv/bin/python benchmarks/lines.py [--repeat 3] [--old 6] [--only NAME ...]

Measured is the time from the start of looking until the verdict is final, in a fresh home and a fresh process each
time (routers answer only a few error messages a second), with the HTTPS services by TLS and by plain HTTP. Against it,
in the same run and on the same networks, what one would do without this program: pystun3, then upnpc (Debian:
miniupnpc), then traceroute, then HTTPS, one after the other (`--old` says on how many of the variants; each takes about
half a minute).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
# Some package installs a top-level "tests" of its own, which would win over a folder without __init__.py.
ours = types.ModuleType("tests")
ours.__path__ = [str(ROOT / "tests")]
sys.modules["tests"] = ours

from tests.labs.lines.home import STUN_ONE, Internet, home  # noqa: E402
from tests.labs.lines.namespaces import missing  # noqa: E402
from tests.labs.lines.running import environment, probe  # noqa: E402
from tests.labs.lines.variants import VARIANTS, Variant  # noqa: E402

WAYS = ("tls", "plain")
OLD_PROGRAMS = ("/usr/bin/upnpc", "/usr/bin/traceroute")
OLD_WAY = Path(__file__).with_name("one_after_the_other.py")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=3, help="looks at each variant, each way (default: 3)")
    parser.add_argument("--old", type=int, default=6, help="variants for the old way (default: 6)")
    parser.add_argument("--only", nargs="*", default=[], help="names of variants")
    options = parser.parse_args(arguments)
    lacking = missing()
    if lacking:
        print(f"This needs {lacking}.", file=sys.stderr)
        return 2
    if options.old and not all(Path(program).exists() for program in OLD_PROGRAMS):
        print("The old way needs Debian's miniupnpc and traceroute; --old 0 goes without it.", file=sys.stderr)
        return 2
    variants = [one for one in VARIANTS if not options.only or one.name in options.only]
    with Internet() as internet:
        looks = {way: measure(internet, variants, way, options.repeat) for way in WAYS}
        old = measure_old(internet, spread([one for one in variants if not one.is_blind], options.old))
    report(variants, looks, old)
    return 0


def measure(internet: Internet, variants: Sequence[Variant], way: str, repeat: int) -> dict[str, list[float]]:
    """Milliseconds to the final verdict, by variant."""
    times: dict[str, list[float]] = {}
    for variant in variants:
        for _ in range(repeat):
            with home(internet, variant) as built:
                seen = probe(internet, built, way)
            if seen["verdict"] != variant.verdict:
                print(f"{variant.name}: {seen['verdict']} instead of {variant.verdict}", file=sys.stderr)
            times.setdefault(variant.name, []).append(float(seen["final_ms"]))
        print(f"{variant.name:32} {way:6}" + "".join(f"{one:8.0f}" for one in times[variant.name]), file=sys.stderr)
    return times


def measure_old(internet: Internet, variants: Sequence[Variant]) -> dict[str, dict[str, float]]:
    """Milliseconds of each step of the old way, by variant."""
    times: dict[str, dict[str, float]] = {}
    for variant in variants:
        with home(internet, variant) as built:
            command = [sys.executable, str(OLD_WAY), STUN_ONE, "ip.one.example", str(internet.ca_file)]
            done = subprocess.run(
                built.net.command("host", *environment(internet), *command),
                capture_output=True, text=True, check=True, timeout=180,
            )  # fmt: skip
        times[variant.name] = json.loads(done.stdout)
        print(f"{variant.name:32} old   {sum(times[variant.name].values()):8.0f}", file=sys.stderr)
    return times


def spread(variants: Sequence[Variant], count: int) -> list[Variant]:
    """Take so many variants, evenly over the list."""
    step = max(len(variants) / count, 1.0) if count else 0.0
    return [variants[int(number * step)] for number in range(min(count, len(variants)))]


def report(
    variants: Sequence[Variant], looks: dict[str, dict[str, list[float]]], old: dict[str, dict[str, float]]
) -> None:
    """Print what was measured."""
    blind = {one.name for one in variants if one.is_blind}
    slow = {one.name for one in variants if any(extra.startswith("delay") for extra in one.extras)}
    groups = {
        "zero-latency lines": [one.name for one in variants if one.name not in blind | slow],
        "lines with latency": sorted(slow - blind),
        "lines where silence is all there is": sorted(blind),
    }
    print(f"load {psutil.getloadavg()[0]:.1f} on {os.cpu_count()} processors, {time.strftime('%Y-%m-%d')}\n")
    print("| final verdict, ms (median of each variant) | HTTPS sources | variants | median | p90 | worst |")
    print("| --- | --- | --- | --- | --- | --- |")
    for group, names in groups.items():
        for way in WAYS:
            middle = sorted(statistics.median(looks[way][name]) for name in names)
            if middle:
                shown = " | ".join(
                    f"{one:.0f}" for one in (statistics.median(middle), percentile(middle, 90), middle[-1])
                )
                print(f"| {group} | {way} | {len(middle)} | {shown} |")
    if not old:
        return
    print("\n| variant | one after the other, ms | pystun3 | upnpc | traceroute | HTTPS | this, ms | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, steps in old.items():
        ours_ms, total = statistics.median(looks["tls"][name]), sum(steps.values())
        parts = " | ".join(f"{steps[step]:.0f}" for step in ("pystun3", "upnpc", "traceroute", "https"))
        print(f"| {name} | {total:.0f} | {parts} | {ours_ms:.0f} | {total / ours_ms:.0f} |")


def percentile(ordered: Sequence[float], share: int) -> float:
    """The smallest value that so many percent of the values do not exceed."""
    return ordered[max(-(-len(ordered) * share // 100) - 1, 0)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
