"""The shipping code under a system whose file calls are short, interrupted and fail.

Usage: shim_test.py SHIM CONFORMANCE TIDEMARK, the shared object and the two programs.
Environment: TIDEMARK_SHIM_SEEDS, how many seeds each test draws (6).
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

SHIM, CONFORMANCE, TIDEMARK = (os.path.abspath(path) for path in sys.argv[1:4])
SEEDS = int(os.environ.get("TIDEMARK_SHIM_SEEDS", "6"))
ENOSPC, EIO = 28, 5

_REPORT = re.compile(rb"shim: short=(\d+) interrupted=(\d+) failed=(\d+)\n")


def run(orders, *command, stdin=b""):
    """The finished process, and how many transfers were short, calls interrupted and failed."""
    environment = dict(os.environ, LD_PRELOAD=SHIM, TIDEMARK_SHIM=orders)
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment, timeout=300)
    done.stderr, counts = _REPORT.sub(b"", done.stderr), _REPORT.search(done.stderr)
    return done, [int(count) for count in counts.groups()] if counts else None


class Shim(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def test_a04_a05_the_file_system_passes_its_suite(self):
        for seed in range(1, SEEDS + 1):
            orders = "seed=%d short=%d eintr=%d" % (seed, 10 * seed % 100, 70 // seed)
            done, counts = run(orders, CONFORMANCE, "--gtest_filter=Posix/*")
            said = "TIDEMARK_SHIM='%s'\n%s" % (orders, done.stdout.decode())
            self.assertEqual(done.returncode, 0, said)
            self.assertIn(b"PASSED", done.stdout)
            self.assertGreater(counts[0], 0)
            self.assertGreater(counts[1], 10)

    def tidemark(self, orders, command, *arguments, stdin=b""):
        words = [TIDEMARK, *command.split(), "--data-dir", self.data, *arguments]
        return run(orders, *words, stdin=stdin)

    def done(self, *arguments, **kwargs):
        done, counts = self.tidemark(*arguments, **kwargs)
        self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
        return done.stdout, counts

    def test_a04_a05_what_is_written_is_read(self):
        lines = b"".join(b"line %d %s\n" % (i, b"x" * (i % 300)) for i in range(3000))
        for seed in range(1, SEEDS // 2 + 1):
            orders, topic = "seed=%d short=60 eintr=30" % seed, "t%d" % seed
            self.done(orders, "topic create", "--topic", topic, "--config", "segment.bytes=100000")
            _, counts = self.done(orders, "produce", "--topic", topic, stdin=lines)
            self.assertGreater(counts[1], 10)
            out, counts = self.done(orders, "consume", "--topic", topic)
            self.assertEqual(out, lines, orders)
            self.assertGreater(counts[0], 0)
        self.done("seed=1 short=90 eintr=50", "verify")

    def test_a_sync_that_fails_is_not_acknowledged_and_what_was_is_there(self):
        self.done("", "topic create", "--topic", "t")
        acknowledged, failures = [], 0
        for number, (call, error, nth) in enumerate(
            (call, error, nth)
            for call in ("fdatasync", "msync", "fsync")
            for error in (EIO, ENOSPC)
            for nth in (1, 2, 4)
        ):
            orders = "fail=%s:%d:%d:1" % (call, error, nth)
            lines = [b"%d %d" % (number, i) for i in range(50)]
            done, counts = self.tidemark(
                orders, "produce", "--topic", "t", "--durability", "durable", "--print-offsets",
                stdin=b"\n".join(lines))
            failures += counts[2]
            printed = done.stdout.splitlines()
            acknowledged += zip(printed, lines)
            # What was not acknowledged it said something about.
            if len(printed) < len(lines):
                self.assertNotEqual(done.returncode, 0, orders)
            self.assertEqual(done.returncode == 0, done.stderr == b"", (orders, done.stderr))
        self.assertGreater(failures, 6)
        self.assertGreater(len(acknowledged), 0)
        out, _ = self.done("", "consume", "--topic", "t", "--format", "%p %o|%v\n")
        stored = dict(line.split(b"|", 1) for line in out.splitlines())
        self.assertEqual([stored.get(place) for place, _ in acknowledged],
                         [line for _, line in acknowledged])
        self.done("", "verify")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
