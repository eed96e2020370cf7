#!/bin/sh
# Runs the program with its arguments. TIDEMARK_SECONDS and TIDEMARK_SEED of the environment come
# last, so that they win.
seconds=${TIDEMARK_SECONDS:+--seconds=$TIDEMARK_SECONDS}
seed=${TIDEMARK_SEED:+--seed=$TIDEMARK_SEED}
exec "$@" $seconds $seed
