#!/bin/sh
# Runs a script of this folder with the arguments behind its name.
script=$1
shift
PYTHONDONTWRITEBYTECODE=1 exec python3 "tests/posix/$script" "$@"
