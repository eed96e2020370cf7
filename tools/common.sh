# Sourced by the commands of this folder: strict mode, the repository root as working directory,
# messages, and an environment in which Bazel starts.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
  bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' plain=$'\e[0m'
else
  bold='' green='' red='' plain=''
fi

say() { printf '%s\n' "${bold}$*${plain}"; }

complain() { printf '%s\n' "${0##*/}: $*" >&2; }

die() {
  complain "$@"
  exit 1
}

trap 'complain "line $LINENO: failed: $BASH_COMMAND"' ERR

# Bazel wants a user name and a home folder that it can write to; a service account or a bare
# chroot may have neither.
export USER="${USER:-$(id -un 2>/dev/null || id -u)}"
if [[ ! -w ${HOME:-/nonexistent} ]]; then
  HOME="${TMPDIR:-/tmp}/tidemark-home-$(id -u)"
  export HOME
  mkdir -p "$HOME"
fi

# Bazel skips its own link to the build tree, but takes one that another user's Bazel left behind
# for a folder of sources.
rm -f "bazel-${PWD##*/}" 2>/dev/null || true

# The sanitizers want their shadow memory where a kernel with much address space randomisation may
# already have put something else: what to run their programs under.
steady_addresses=()
random_bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null) || random_bits=0
if ((random_bits > 28)) && setarch -R true 2>/dev/null; then
  steady_addresses=(setarch -R)
fi
