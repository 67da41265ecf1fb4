#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A step alone and beside two busy programs, in turn; at most 2.5 times is the goal.
# usage: load.sh CLI [REPEATS]
set -euo pipefail
cli=$1
repeats=${2:-3}
busy=()
trap '[ ${#busy[@]} = 0 ] || kill "${busy[@]}" 2>/dev/null || true' EXIT

step_ms() { "$cli" bench --peer-shape --threads 4 --steps 100 --json | awk -F'[:,]' '/"ms_per_step"/ { print $2 + 0 }'; }

alone=() beside=()
for ((i = 0; i < repeats; i++)); do
  alone+=("$(step_ms)")
  for _ in 1 2; do
    (while :; do :; done) &
    busy+=($!)
  done
  beside+=("$(step_ms)")
  kill "${busy[@]}"
  wait "${busy[@]}" 2>/dev/null || true
  busy=()
done
median() { printf '%s\n' "$@" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
a=$(median "${alone[@]}") b=$(median "${beside[@]}")
awk -v a="$a" -v b="$b" 'BEGIN { printf "alone %.1f ms, beside two busy programs %.1f ms: %.2f times (goal: at most 2.5)\n", a, b, b / a }'
