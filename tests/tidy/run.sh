#!/bin/sh
# Runs a script of this folder on the source tree that this test was built from.
set -eu
root=$(dirname "$(readlink -f WORKSPACE)")
PYTHONDONTWRITEBYTECODE=1 exec python3 "tests/tidy/$1" "$root"
