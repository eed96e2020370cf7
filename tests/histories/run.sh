#!/usr/bin/env bash
# Runs the given command with its arguments, as a test.
exec "$@"
