"""Runs the `tidemark` command for the tests of this folder."""

import os
import signal
import subprocess

_SECONDS_MAX = 60


def _crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


class Failure(Exception):
    """A promise was broken."""


class Command:
    """The command on one data directory.

    errors: a file for what it says on standard error.
    preloaded: the library that ends a process at a chosen call (kill_at_call.cc), if any.
    """

    def __init__(self, binary, data, errors, preloaded=None):
        self._binary = os.path.abspath(binary)
        self._data = data
        self._errors = errors
        self._count = errors + ".count"
        self._preloaded = preloaded and os.path.abspath(preloaded)

    def set_engine(self, settings):
        """Makes the data directory, with settings of the engine (docs/format/topic_file.md)."""
        lines = ["version: 0"] + ["config.%s: %s" % item for item in sorted(settings.items())]
        text = "".join(line + "\n" for line in lines).encode()
        os.makedirs(self._data)
        with open(os.path.join(self._data, "tidemark.properties"), "wb") as file:
            file.write(text + b"crc32c: %08x\n" % _crc32c(text))

    def run(self, *words, stdin=b""):
        """Returns what the command prints. Any end but a good one is a Failure."""
        code, out = self._run(words, stdin, None)
        if code != 0:
            self.fail("tidemark %s ended with %d" % (words[0], code), out)
        return out

    def run_killed(self, aim, *words, stdin=b""):
        """Runs it until the call that `aim` says: (kind, text, number).

        Returns whether it was killed, what it printed, and how many calls there were if it was not.
        """
        environment = dict(os.environ, LD_PRELOAD=self._preloaded)
        environment["TIDEMARK_KILL_AT"] = "%s:%s:%d" % aim
        environment["TIDEMARK_KILL_COUNT"] = self._count
        code, out = self._run(words, stdin, environment)
        if code == -signal.SIGKILL:
            return True, out, None
        if code != 0:
            self.fail("tidemark %s, aimed at, ended with %d" % (words[0], code), out)
        with open(self._count, encoding="ascii") as file:
            return False, out, int(file.read())

    def consume(self, topic, *options):
        """(partition, offset, key, value) of all that is in a topic."""
        form = r"%p|%o|%k|%v\n"
        found = []
        for line in self.run("consume", "--topic", topic, "--format", form, *options).splitlines():
            partition, offset, key, value = line.split(b"|", 3)
            found.append((int(partition), int(offset), key, value))
        return found

    def dump(self, path):
        """Of one file, which may be gone meanwhile. Damage is a Failure."""
        done = subprocess.run(
            [self._binary, "dump", path], capture_output=True, timeout=_SECONDS_MAX, check=False
        )
        if done.returncode not in (0, 2):
            text = "tidemark dump %s ended with %d" % (path, done.returncode)
            raise Failure("%s\n%s" % (text, done.stderr.decode(errors="replace")))

    def fail(self, text, out=b""):
        with open(self._errors, encoding="utf-8", errors="replace") as file:
            said = file.read()
        raise Failure("%s\n%s\n%s" % (text, said, out[-2000:].decode(errors="replace")))

    def _run(self, words, stdin, environment):
        count = 2 if words[0] in ("topic", "records", "offsets") else 1
        line = [self._binary, *words[:count], "--data-dir", self._data, *words[count:]]
        with open(self._errors, "wb") as errors:
            done = subprocess.run(
                [str(word) for word in line],
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=environment,
                timeout=_SECONDS_MAX,
                check=False,
            )
        return done.returncode, done.stdout
