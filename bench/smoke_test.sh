#!/bin/sh
# Runs the instrument $1 and the parts $2 with as little work as they allow, and makes a report with
# $3. What fails is a contender whose check does not hold, a row that is not in both outputs, a peer
# that takes no part, or a file that is left behind. Nothing depends on time.
set -eu
out="$TEST_TMPDIR/out"
export TIDEMARK_BENCH_DIR="$TEST_TMPDIR/work"
mkdir "$out" "$TIDEMARK_BENCH_DIR"
"$1" --smoke --out "$out"
test -z "$(find "$TIDEMARK_BENCH_DIR" -mindepth 1)"
PYTHONDONTWRITEBYTECODE=1 python3 "$3" "$out/bench.json" "$out/bench.html"
"$1" --list | while read -r name title; do
  grep -q "\"name\": \"$name\"" "$out/bench.json" || { echo "$name is not in the JSON"; exit 1; }
  grep -q "id=\"$name\"" "$out/bench.html" || { echo "$name is not in the HTML"; exit 1; }
done
for peer in RocksDB LevelDB LMDB SQLite; do
  grep -q "\"name\": \"$peer\"" "$out/bench.json" || { echo "$peer takes no part"; exit 1; }
done
"$2" --benchmark_min_time=0 >"$out/parts"
