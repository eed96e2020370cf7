#!/bin/sh
# Runs one of the test scripts of this folder.
set -eu
PYTHONDONTWRITEBYTECODE=1 exec python3 "tests/cli/$1"
