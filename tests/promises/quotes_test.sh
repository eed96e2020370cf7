#!/bin/sh
# Checks the quotes in the documents of the source tree that this test was built from.
set -eu
root=$(dirname "$(readlink -f WORKSPACE)")
PYTHONDONTWRITEBYTECODE=1 exec python3 tests/promises/quotes.py "$root"
