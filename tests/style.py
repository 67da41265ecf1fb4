#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""House rules that a machine can check: doors between rooms, licence lines, lengths, headers that stand alone, format.

usage: style.py ROOT COMPILER [COMPILER FLAGS...]; prints one line per breach, exits 1 if there are any.
"""
import pathlib
import re
import shutil
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
compiler = sys.argv[2:]
breaches = []

# What each room may include, besides its own headers and the system's.
DOORS = {
    "engine/base": set(),
    "engine/tape": {"engine/base"},
    "engine/detector": {"engine/base", "engine/tape"},
    "engine/methods": {"engine/base", "engine/tape", "engine/detector"},
    "engine/data": {"engine/base"},
    "engine/session": {"engine/base", "engine/tape", "engine/detector", "engine/methods", "engine/data"},
    "engine/render": {"engine/base"},
    "ui": {"engine/session", "engine/render"},
    "app": {"ui", "engine/session", "engine/render", "engine/data", "engine/detector"},
}
PUBLIC = {
    "engine/base": "base.h", "engine/tape": "tape.h", "engine/detector": "detector.h", "engine/methods": "method.h",
    "engine/data": "data.h", "engine/session": "session.h", "engine/render": "render.h",
}
# Every room has words for people.
WORDS = "engine/base/i18n.h"
LONGEST = 700


def room_of(path):
    parts = path.parts
    return "/".join(parts[:2]) if parts[0] == "engine" else parts[0]


files = sorted(p.relative_to(root) for top in ("app", "engine", "ui", "tests") for p in (root / top).rglob("*.[ch]"))
for path in files:
    text = (root / path).read_text()
    lines = text.splitlines()
    if "SPDX-License-Identifier: MIT" not in lines[0]:
        breaches.append(f"{path}:1: the first line must be the SPDX licence line")
    if len(lines) > LONGEST:
        breaches.append(f"{path}: {len(lines)} lines, more than {LONGEST}: it probably holds two nouns")
    room = room_of(path)
    if room == "tests":
        continue
    for number, line in enumerate(lines, 1):
        include = re.match(r'#\s*include\s+"([^"]+)"', line)
        if not include:
            continue
        target = pathlib.Path(include[1])
        if not (root / target).exists():
            if (root / path.parent / target).exists():
                breaches.append(f'{path}:{number}: write the include from the root: "{path.parent / target}"')
            continue  # generated
        other = room_of(target)
        if other == room or include[1] == WORDS:
            continue
        if other not in DOORS[room]:
            breaches.append(f"{path}:{number}: {room} must not know {other}")
        elif other in PUBLIC and target.name != PUBLIC[other]:
            breaches.append(f"{path}:{number}: {target} is private to {other}")
    if room.startswith("engine") and re.search(r"#\s*include\s+<(gtk|gdk|adwaita)", text):
        breaches.append(f"{path}: the engine must not know GTK")

for room, name in PUBLIC.items():
    run = subprocess.run(
        [*compiler, "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-D_DEFAULT_SOURCE", "-Wall", "-Werror", f"-I{root}",
         "-fsyntax-only", "-x", "c", "-"],
        input=f'#include "{room}/{name}"\n', text=True, capture_output=True, check=False)
    if run.returncode:
        breaches.append(f"{room}/{name} does not compile alone:\n{run.stderr}")

# Formatting differs between versions of the tool, so only the one this project is written with judges it.
formatter = shutil.which("clang-format-14")
if formatter:
    run = subprocess.run([formatter, "--dry-run", "-Werror", *[str(root / p) for p in files]],
                         text=True, capture_output=True, check=False)
    unformatted = sorted(set(re.findall(r"^([^:\n]+):\d+:\d+: error: code should be clang-formatted", run.stderr, re.M)))
    breaches += [f"{pathlib.Path(p).relative_to(root)}: not formatted, run ./dev format" for p in unformatted]

print("\n".join(breaches))
sys.exit(1 if breaches else 0)
