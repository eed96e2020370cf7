#!/bin/sh
# Runs the benchmark program $1 with as few iterations as it allows.
set -eu
export TIDEMARK_BENCH_DIR="$TEST_TMPDIR"
"$1" --benchmark_min_time=0
# Whatever it made is gone again.
test -z "$(find "$TEST_TMPDIR" -mindepth 1)"
