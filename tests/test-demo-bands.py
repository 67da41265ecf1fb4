#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resources/demo-bands.py on series whose percentiles are known by hand. usage: test-demo-bands.py SCRIPT"""
import pathlib
import subprocess
import sys
import tempfile


def write(folder, seed, values):
    run = pathlib.Path(folder, str(seed), "fgd")
    run.mkdir(parents=True)
    lines = ["step,loss.total,loss.fgd.fg,ap"]
    lines += [f"{step},9,{value},{0.5 if step == 1 else ''}" for step, value in enumerate(values, 1)]
    (run / "series.csv").write_text("\n".join(lines) + "\n")
    return str(run.parent)


with tempfile.TemporaryDirectory() as folder:
    # Eleven seeds: at each step the values 0, 1, ... 10 times the step.
    folders = [write(folder, seed, [seed * step for step in (1, 2)]) for seed in range(11)]
    out = subprocess.run([sys.executable, sys.argv[1], *folders], capture_output=True, text=True, check=True).stdout
    lines = [line for line in out.splitlines() if not line.startswith("#")]
    # Up to sqrt (1.3) times the step and down from it there is no neighbour.
    assert lines == ["series,step,low,high", "loss.fgd.fg,1,1,9", "loss.fgd.fg,2,2,18"], lines
