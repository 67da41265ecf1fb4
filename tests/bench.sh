#!/usr/bin/env bash
# Run benchmarks of the built programs and print their tables. Called by `./dev bench` inside a virtual display.
# Figures move by 10 to 40 % on a shared machine: repeat, and quote ratios of runs side by side.
set -euo pipefail
build=build
cli=$build/app/kdscope-cli

tools=tests/tools

train() {
  echo "== train: the yardstick's step on 1, 2 and 4 threads, ten students, and with plain kernels"
  for threads in 1 2 4; do "$cli" bench --peer-shape --threads "$threads" | sed -n 1,14p; done
  "$cli" bench --peer-shape --runs 10 --steps 30 | sed -n 1,14p
  "$cli" bench --peer-shape --kernels plain --steps 20 | sed -n 1,14p
  echo "-- one lock-step session, two students (none, fgd)"
  "$cli" bench
}
peer() { echo "== peer: beside PyTorch on the same machine, in turn"; python3 "$tools/peer.py" "$cli" "${1:-5}"; }
load() { echo "== load: a step beside two busy programs"; "$tools/load.sh" "$cli"; }
kernels() { echo "== kernels: 300 steps by fast kernels among five by plain ones"; "$build/tests/bench-kernels"; }
ops() { echo "== ops: convolutions and other kernels, layer by layer"; "$build/tests/bench-tape"; }
render() { echo "== render: painting maps and charts"; "$build/tests/bench-render"; }
# Without a window manager GTK looks for one in every frame, which no desk makes it do.
ui() {
  echo "== ui: the window over a training session"
  openbox --sm-disable > /dev/null 2>&1 & local manager=$!
  GDK_BACKEND=x11 "$build/tests/bench-ui" "${1:-15}"
  kill "$manager"
}
inspect() { echo "== inspect: a knob turned on a dump, a large file opened"; "$build/tests/bench-inspect"; }
learn() { echo "== learn: 3,000 steps of two students, headless"; "$build/tests/bench-learn" "${1:-3000}"; }
memory() { echo "== memory: what students cost, headless"; "$build/tests/bench-memory" "${1:-50}"; }
evaluate() { echo "== eval: COCO's AP of 5,000 images with 100 detections each"; "$build/tests/bench-eval"; }

[ $# -gt 0 ] || set -- train peer load kernels ops render ui inspect eval learn memory
for name in "$@"; do
  case $name in
    train | peer | load | kernels | ops | render | ui | inspect | learn | memory) "$name" ;;
    eval) evaluate ;;
    *) echo "bench: unknown benchmark \"$name\"; there are: train peer load kernels ops render ui inspect eval learn memory" >&2; exit 2 ;;
  esac
done
