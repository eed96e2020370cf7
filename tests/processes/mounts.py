"""Mounts for tests, in a namespace of their own: whatever happens, they go with the process."""

import os
import subprocess
import sys

_SECONDS_MAX = 60
_MARK = "TIDEMARK_OWN_MOUNTS"


class Unsupported(Exception):
    """This machine does not allow what the test needs; the message says what."""


def run(*words):
    done = subprocess.run(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        text = done.stdout.decode(errors="replace").strip()
        raise Unsupported("%s: %s" % (" ".join(words), text))


def enter_namespace():
    """Starts this script anew in a mount namespace of its own, unless it is in one."""
    if os.environ.get(_MARK):
        return
    if os.geteuid() != 0:
        raise Unsupported("mounting needs root")
    probe = subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True)
    if probe.returncode != 0:
        raise Unsupported("unshare: %s" % probe.stderr.decode(errors="replace").strip())
    os.environ[_MARK] = "1"
    words = ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv]
    os.execvp(words[0], words)


def mount_tmpfs(folder, size_bytes):
    os.mkdir(folder)
    run("mount", "-t", "tmpfs", "-o", "size=%d" % size_bytes, "tmpfs", folder)


def mount_ext4_file(folder, size_bytes):
    """An ext4 on a loop device on a file beside `folder`."""
    os.mkdir(folder)
    with open(folder + ".img", "wb") as file:
        file.truncate(size_bytes)
    run("mkfs.ext4", "-q", "-F", "-m", "0", folder + ".img")
    run("mount", "-o", "loop", folder + ".img", folder)
