"""Runs the `tidemark` binary for the tests of this folder."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest

BINARY = os.path.abspath("api/cli/tidemark")

DONE, USAGE, REFUSED, DAMAGE = 0, 1, 2, 3


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err.decode()


class CliTest(unittest.TestCase):
    """A directory of its own for each test, and what tests ask of the binary."""

    def setUp(self):
        self.root = tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR"))
        self.data = os.path.join(self.root, "data")
        self.addCleanup(shutil.rmtree, self.root)

    def run_tidemark(self, *args, stdin=b"", **kwargs):
        kwargs.setdefault("stdout", subprocess.PIPE)
        if isinstance(stdin, bytes):
            kwargs["input"] = stdin
        else:
            kwargs["stdin"] = stdin
        done = subprocess.run([BINARY, *args], stderr=subprocess.PIPE, timeout=120, **kwargs)
        return Result(done.returncode, done.stdout, done.stderr)

    def command(self, name, *args, **kwargs):
        """`tidemark NAME --data-dir ... ARGS`; the name may be two words."""
        return self.run_tidemark(*name.split(), "--data-dir", self.data, *args, **kwargs)

    def ok(self, name, *args, **kwargs):
        result = self.command(name, *args, **kwargs)
        self.assertEqual((result.code, result.err), (DONE, ""), result.out)
        return result.out

    def refused(self, name, *args, code=REFUSED, mentions=(), **kwargs):
        result = self.command(name, *args, **kwargs)
        self.assertEqual(result.code, code, result.err)
        self.assertTrue(result.err.startswith("tidemark: "), result.err)
        for text in mentions:
            self.assertIn(text, result.err)
        return result

    def start(self, name, *args, **kwargs):
        """The running process, with pipes."""
        process = subprocess.Popen(
            [BINARY, *name.split(), "--data-dir", self.data, *args],
            stdin=subprocess.PIPE,
            stdout=kwargs.pop("stdout", subprocess.PIPE),
            stderr=subprocess.PIPE,
            **kwargs,
        )
        self.addCleanup(self._end, process)
        return process

    @staticmethod
    def _end(process):
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                # A killed process has not taken everything that was written to it.
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def create(self, topic, partitions=1, *args):
        return self.ok("topic create", "--topic", topic, "--partitions", str(partitions), *args)

    def produce(self, topic, stdin, *args):
        return self.ok("produce", "--topic", topic, *args, stdin=stdin)

    def consume(self, topic, *args):
        return self.ok("consume", "--topic", topic, *args)

    def batches(self, topic, partition=0, records=False):
        """The batches of the first segment, as `dump` prints them."""
        path = os.path.join(self.data, "%s-%d" % (topic, partition), "%020d.log" % 0)
        result = self.run_tidemark("dump", path, "--output", "json",
                                   *(["--records"] if records else []))
        self.assertEqual(result.code, DONE, result.err)
        lines = [json.loads(line) for line in result.out.splitlines()]
        return [line for line in lines if "base_offset" in line]

    def golden(self):
        """A copy of what a real broker wrote, and what Kafka's own tools print of it."""
        place = os.path.join(self.root, "golden")
        shutil.copytree("tests/compat/golden/broker", place)
        with open(os.path.join(place, "EXPECTED.json"), encoding="utf-8") as file:
            return place, json.load(file)

    @staticmethod
    def printed_by_kafka(line):
        """Key and value of a coordinator's record as Kafka's tool prints it: type and data, data or
        None; or None for a transaction marker."""
        if line.startswith("endTxnMarker"):
            return None
        key, value = line[len("key: "):].split(" payload: ", 1)
        key = json.loads(key)
        value = None if value == "<DELETE>" else json.loads(value)["data"]
        return int(key["type"]), key["data"], value

    def files(self):
        """Every file below the data directory with its bytes."""
        found = {}
        for folder, _, names in os.walk(self.data):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
        return found
