#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Our training step beside PyTorch's on the same machine, in turn, several times: medians and ratios.

The runs alternate, so that what else the machine does meets both. PyTorch is asked through Debian's python3-torch; without it
only our side is measured. Ten PyTorch runs go four processes at a time with one thread each, their best way.

usage: peer.py CLI [REPEATS]        CLI: build/app/kdscope-cli
"""
import json
import os
import statistics
import subprocess
import sys

TORCH = ["/usr/bin/python3", os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer-torch.py")]
RUNS, TOGETHER = 10, 4


def bench(cli, threads, runs=1, kernels="fast", steps=60):
    command = [cli, "bench", "--peer-shape", "--json", "--threads", str(threads), "--runs", str(runs), "--kernels", kernels,
               "--steps", str(steps)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def ours(cli, threads, **more):
    return bench(cli, threads, **more)["ms_per_step"]


def own_step(cli):
    """A student's step on one thread without the teacher's pass and the drawing."""
    result = bench(cli, 1)
    return result["ms_per_step"] - result["phases"]["teacher"] - result["phases"]["data"]


def torch_processes(count, threads, steps=40):
    """The mean of the medians of so many processes at once."""
    processes = [subprocess.Popen([*TORCH, str(threads), str(steps)], stdout=subprocess.PIPE) for _ in range(count)]
    outputs = [json.loads(process.communicate()[0])["ms_per_step"] for process in processes]
    return statistics.mean(outputs)


def has_torch():
    return subprocess.run([TORCH[0], "-c", "import torch"], capture_output=True).returncode == 0


def main():
    cli, repeats = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch = has_torch()
    if not torch:
        print("python3-torch is not installed: our side only")
    measures = {
        "ours, 1 thread": lambda: ours(cli, 1),
        "torch, 1 thread": lambda: torch_processes(1, 1),
        "ours, 2 threads": lambda: ours(cli, 2),
        "ours, 4 threads": lambda: ours(cli, 4),
        "torch, 4 threads": lambda: torch_processes(1, 4),
        "ours, ten students": lambda: ours(cli, 4, runs=RUNS, steps=20),
        "torch, ten runs": lambda: torch_processes(TOGETHER, 1) * RUNS / TOGETHER,
        "ours, four students": lambda: ours(cli, 4, runs=4, steps=20),
        "ours, eight students": lambda: ours(cli, 4, runs=8, steps=20),
        "ours, a student alone, 1 thread": lambda: own_step(cli),
        "ours, plain kernels, 1 thread": lambda: ours(cli, 1, kernels="plain", steps=15),
        "ours, plain kernels, 4 threads": lambda: ours(cli, 4, kernels="plain", steps=15),
    }
    times = {name: [] for name in measures if torch or not name.startswith("torch")}
    for i in range(repeats):
        for name in times:
            times[name].append(measures[name]())
        print(f"round {i + 1} of {repeats}", file=sys.stderr)
    medians = {name: statistics.median(values) for name, values in times.items()}
    print(f"{'milliseconds a step':32} {'median':>8}   {'all':}")
    for name, values in times.items():
        print(f"{name:32} {medians[name]:8.1f}   {' '.join(f'{v:.1f}' for v in values)}")
    print()
    rows = [("scaling 1 -> 4 threads", medians["ours, 1 thread"] / medians["ours, 4 threads"], "at least 2.0, aim 2.6"),
            ("a further student by its own step", (medians["ours, eight students"] - medians["ours, four students"])
             / medians["ours, a student alone, 1 thread"], "at most 1.1; four more, one a worker"),
            ("fast against plain, 1 thread", medians["ours, plain kernels, 1 thread"] / medians["ours, 1 thread"], ""),
            ("fast against plain, 4 threads", medians["ours, plain kernels, 4 threads"] / medians["ours, 4 threads"], "")]
    if torch:
        rows = [("PyTorch's step by ours, 4 threads", medians["torch, 4 threads"] / medians["ours, 4 threads"], "at least 2.0, aim 2.5"),
                ("PyTorch's step by ours, 1 thread", medians["torch, 1 thread"] / medians["ours, 1 thread"], "at least 1.6, aim 1.9"),
                ("ten students by ten PyTorch runs", medians["ours, ten students"] / medians["torch, ten runs"],
                 "at most 0.35, aim 0.25")] + rows
    for name, value, goal in rows:
        print(f"{name:36} {value:6.2f}x   {goal}")


if __name__ == "__main__":
    main()
