#!/bin/bash
# The example for embedders does what it says, is short, and README.md shows it as it is.
set -eu

fail() {
  echo "example_test: $1" >&2
  exit 1
}

source_file=$PWD/tests/embedding/example.cc
example=$PWD/tests/embedding/example
readme=$(dirname "$(readlink -f WORKSPACE)")/README.md

[ "$(wc -l < "$source_file")" -le 25 ] || fail "example.cc has more than 25 lines"

cd "$TEST_TMPDIR"
[ "$("$example")" = "0: alice ordered two books" ] || fail "the first run printed something else"
[ "$("$example")" = "1: alice ordered two books" ] || fail "the second run printed something else"

[ ! -f "$readme" ] || python3 - "$readme" "$source_file" <<'END' ||
import sys
readme, source = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
sys.exit("```cpp\n" + source + "```\n" not in readme)
END
  fail "README.md has no cpp block that is example.cc"
