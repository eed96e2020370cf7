"""A process without descriptors: fewer than it has partitions, and none at all for a while.

Usage: descriptors_test.py TIDEMARK WRITER. WRITER is writer.cc, under a low RLIMIT_NOFILE.
"""

import os
import shutil
import sys
import tempfile
import unittest

from command import Command
from history import PartitionHistory
from writer_process import Writer, record

_PARTITIONS = 80
_DESCRIPTORS_MAX = 48
_OPEN_FILES_MAX = 8
# Of a process that would hold more than it is left.
_FEW_PARTITIONS = 12
_AMPLE = 512
_VALUE_BYTES = 200
# Of a log that rolls after some 20 records.
_SETTINGS = ("segment.bytes=5000", "file.delete.delay.ms=0", "retention.bytes=10000")


class DescriptorsTest(unittest.TestCase):
    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="descriptors-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, self.root)
        self.data = os.path.join(self.root, "data")
        self.command = Command(_TIDEMARK, self.data, os.path.join(self.root, "errors"))
        self.given = {}

    def open(self, open_files_max, descriptors_max):
        self.writer = Writer(_WRITER, self.data, open_files_max, descriptors_max)
        self.addCleanup(self.writer.kill)

    def append(self, partition, count, durability="buffered"):
        """Returns the code of the first refusal, or "OK"."""
        given = self.given.setdefault(partition, [])
        first = len(given)
        words = ("log", partition, first, count, _VALUE_BYTES, 0, durability)
        code = self.writer.code_of("append", *words)
        taken = len(self.writer.acknowledged)
        given += [record(first + i, _VALUE_BYTES, 0) for i in range(taken)]
        return code

    def check(self):
        """All that was acknowledged is there."""
        self.command.run("verify")
        places = {}
        for partition, *found in self.command.consume("log"):
            places.setdefault(partition, []).append(tuple(found))
        for partition, given in self.given.items():
            complaint = PartitionHistory().check(
                given, len(given), places.get(partition, []), may_delete=True
            )
            self.assertEqual(complaint, "", partition)

    def close(self):
        self.writer.do("close")
        self.assertEqual(self.writer.end(), 0)
        self.check()

    def test_has_many_more_partitions_than_descriptors(self):
        self.open(_OPEN_FILES_MAX, _DESCRIPTORS_MAX)
        self.writer.do("topic", "log", _PARTITIONS, *_SETTINGS)
        for partition in range(_PARTITIONS):
            self.assertEqual(self.append(partition, 3), "OK")
        for partition in range(0, _PARTITIONS, 10):
            self.assertEqual(self.append(partition, 60, "durable"), "OK")
            self.assertEqual(self.writer.do("read", "log", partition, 0)[2:], ["63", "63"])
        self.writer.do("retain")
        self.assertEqual(self.writer.do("read", "log", 1, 0)[2:], ["3", "3"])
        self.check()
        self.writer.kill()
        self.open(_OPEN_FILES_MAX, _DESCRIPTORS_MAX)
        self.assertEqual(self.append(1, 60), "OK")
        self.close()

    def test_goes_on_in_the_same_process_once_there_are_descriptors_again(self):
        self.open(_AMPLE, _AMPLE)
        self.writer.do("topic", "log", _FEW_PARTITIONS, *_SETTINGS)
        for partition in range(_FEW_PARTITIONS):
            self.assertEqual(self.append(partition, 60), "OK")
        for durability in ("buffered", "durable"):
            self.writer.do("hold")
            refusals = []
            for partition in range(0, _FEW_PARTITIONS, 2):
                # A roll makes files, and a read may have to open a cold segment.
                refusals.append(self.append(partition, 60, durability))
                refusals.append(self.writer.code_of("read", "log", partition, 0))
            self.assertIn("UNAVAILABLE", refusals)
            self.assertLessEqual(set(refusals), {"OK", "UNAVAILABLE"})
            self.assertIn(self.writer.code_of("retain"), ("OK", "UNAVAILABLE"))
            self.writer.do("release")
            for partition in range(_FEW_PARTITIONS):
                self.assertEqual(self.append(partition, 60, durability), "OK")
                count = len(self.given[partition])
                self.assertEqual(self.writer.do("read", "log", partition, 0)[3], str(count))
            self.check()
        self.writer.do("retain")
        self.close()

    def test_a_killed_writer_that_had_none_left_loses_nothing(self):
        self.open(_AMPLE, _AMPLE)
        self.writer.do("topic", "log", _FEW_PARTITIONS, *_SETTINGS)
        self.writer.do("hold")
        for partition in range(_FEW_PARTITIONS):
            self.append(partition, 60)
        self.writer.kill()
        self.check()
        self.open(_AMPLE, _AMPLE)
        for partition in range(_FEW_PARTITIONS):
            self.assertEqual(self.append(partition, 60), "OK")
        self.close()


if __name__ == "__main__":
    _TIDEMARK, _WRITER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
