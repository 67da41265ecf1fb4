#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write demo-bands.csv: where the terms of each method's loss run when its demo preset is trained.

    for seed in 1 2 3; do
      kdscope-cli train --methods mimic,fgfi,gid,defeat,frs,fgd,rm_pfi,pgd,maskd,kd --steps 3000 --seed $seed --out runs/$seed
    done
    resources/demo-bands.py runs/1 runs/2 runs/3 > resources/demo-bands.csv

For steps that grow by a factor of about 1.3 each: the 10th and the 90th percentile of a term over all seeds and all steps
up to half way, by factor, to the neighbours.
"""
import csv
import pathlib
import sys

FACTOR = 1.3


def steps_up_to(last):
    step, steps = 1.0, []
    while round(step) < last:
        if round(step) not in steps:
            steps.append(round(step))
        step *= FACTOR
    return steps + [last]


def percentile(values, part):
    """Of sorted values, straight between neighbours."""
    place = part * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def read(folders):
    """{series: [(step, value)]} of all runs."""
    found = {}
    for folder in folders:
        for path in sorted(pathlib.Path(folder).glob("*/series.csv")):
            with open(path, newline="") as file:
                for row in csv.DictReader(file):
                    for name, value in row.items():
                        if name.startswith("loss.") and name.count(".") == 2 and value:
                            found.setdefault(name, []).append((int(row["step"]), float(value)))
    return found


def main(folders):
    print("# Terms of each method's loss under its demo preset, weighted and scaled as in training: 10th to 90th percentile.")
    print(f"# Made by resources/demo-bands.py from {len(folders)} seeds of every method.")
    print("series,step,low,high")
    for name, points in sorted(read(folders).items()):
        for step in steps_up_to(max(step for step, _ in points)):
            near = sorted(v for s, v in points if step / FACTOR**0.5 <= s <= step * FACTOR**0.5)
            print(f"{name},{step},{percentile(near, 0.1):.4g},{percentile(near, 0.9):.4g}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: demo-bands.py FOLDER... > demo-bands.csv\nFOLDER: what kdscope-cli train --out wrote")
    main(sys.argv[1:])
