#!/usr/bin/env bash
# Run benchmarks of the built programs and print their tables. Called by `./dev bench` inside a virtual display.
# Figures move by 10 to 40 % on a shared machine: repeat, and quote ratios of runs side by side.
set -euo pipefail
build=build
cli=$build/app/kdscope-cli

train() { echo "== train: one lock-step session, two students (none, fgd), batch 8, 128x128"; "$cli" bench; }
ops() { echo "== ops: convolutions and other kernels, layer by layer"; "$build/tests/bench-tape"; }
render() { echo "== render: painting maps and charts"; "$build/tests/bench-render"; }
ui() { echo "== ui: the window over a training session"; GDK_BACKEND=x11 "$build/tests/bench-ui" "${1:-15}"; }
learn() { echo "== learn: 3,000 steps of two students, headless"; "$build/tests/bench-learn" "${1:-3000}"; }
evaluate() { echo "== eval: COCO's AP of 5,000 images with 100 detections each"; "$build/tests/bench-eval"; }

[ $# -gt 0 ] || set -- train ops render ui eval learn
for name in "$@"; do
  case $name in
    train | ops | render | ui | learn) "$name" ;;
    eval) evaluate ;;
    *) echo "bench: unknown benchmark \"$name\"; there are: train ops render ui eval learn" >&2; exit 2 ;;
  esac
done
