"""A disk that is full, under a real writer that goes on: a small tmpfs, an ext4 on a loop device.

Usage: full_disk_test.py TIDEMARK WRITER. WRITER is writer.cc. Where mounting is not allowed, the
cases are skipped, and say so.
"""

import os
import shutil
import sys
import tempfile
import time
import unittest

import mounts
from command import Command
from history import PartitionHistory
from writer_process import Writer, record

_DISK_BYTES = 12 << 20
_VALUE_BYTES = 2000
_KEYS = 50
_SECONDS_MAX = 60
_FULL = "RESOURCE_EXHAUSTED"
_SETTINGS = ("segment.bytes=300000", "file.delete.delay.ms=0")
_RETAINED_BYTES = 2000000
_SPARE_BYTES = 100000


class FullDisk:
    """The cases, for any file system; a subclass mounts one."""

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="full-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, self.root)
        self.disk = os.path.join(self.root, "disk")
        try:
            self.mount()
        except mounts.Unsupported as unsupported:
            self.skipTest(str(unsupported))
        self.addCleanup(mounts.run, "umount", self.disk)
        data = os.path.join(self.disk, "data")
        self.command = Command(_TIDEMARK, data, os.path.join(self.root, "errors"))
        self.given, self.acknowledged_count = [], 0
        self.log = PartitionHistory()
        self.writer = Writer(_WRITER, data)
        self.addCleanup(self.writer.kill)
        retention = "retention.bytes=%d" % _RETAINED_BYTES
        self.writer.do("topic", "log", 1, retention, *_SETTINGS)

    def append(self, count, durability="buffered"):
        """Appends records until one is refused; returns the code of that, or "OK"."""
        first = len(self.given)
        code = self.writer.code_of("append", "log", 0, first, count, _VALUE_BYTES, 0, durability)
        taken = len(self.writer.acknowledged)
        # The next one begins with what was refused, which must not be there.
        self.given += [record(first + i, _VALUE_BYTES, 0) for i in range(taken)]
        offsets = [(first + i, first + i) for i in range(taken)]
        self.assertEqual(self.writer.acknowledged, offsets)
        return code

    def fill(self):
        self.assertEqual(self.append(10**6), _FULL)

    def until_there_is_room(self, attempt):
        """Files go on another thread, so the space is there a moment later."""
        deadline = time.monotonic() + _SECONDS_MAX
        code = attempt()
        while code == _FULL and time.monotonic() < deadline:
            code = attempt()
        self.assertEqual(code, "OK")

    def append_when_there_is_room(self):
        self.until_there_is_room(lambda: self.append(100))

    # The first call may find no room to store the new start, and makes some all the same.

    def retain(self):
        self.until_there_is_room(lambda: self.writer.code_of("retain"))

    def delete_half(self):
        half = len(self.given) // 2
        self.until_there_is_room(lambda: self.writer.code_of("delete", "log", 0, half))
        self.assertEqual(int(self.writer.do("read", "log", 0, 0)[0]), half)

    def check_while_open(self):
        start, first, count, end = map(int, self.writer.do("read", "log", 0, 0))
        self.assertEqual((first, count, end), (start, end - start, len(self.given)))
        self.command.run("verify")
        self.check_log()

    def check_log(self):
        found = [tuple(record) for _, *record in self.command.consume("log")]
        new = self.given[self.log.end :]
        complaint = self.log.check(new, len(new), found, may_delete=True)
        self.assertEqual(complaint, "")

    def close(self):
        self.writer.do("close")
        self.assertEqual(self.writer.end(), 0)
        self.command.run("verify")
        self.check_log()

    def test_reads_go_on_retention_makes_room_and_appends_go_on(self):
        for durability in ("buffered", "durable", "buffered"):
            self.fill()
            self.assertEqual(self.append(1, durability), _FULL)
            self.check_while_open()
            self.retain()
            self.append_when_there_is_room()
            self.assertGreater(int(self.writer.do("read", "log", 0, 0)[0]), 0)
        self.assertEqual(self.append(1, "durable"), "OK")
        self.close()

    def test_records_can_be_deleted_and_appends_go_on(self):
        self.fill()
        self.delete_half()
        self.append_when_there_is_room()
        self.check_while_open()
        self.close()

    def test_what_somebody_else_took_and_gave_back_can_be_appended_to(self):
        self.assertEqual(self.append(500), "OK")
        filler = os.path.join(self.disk, "filler")
        with open(filler, "wb", buffering=0) as file:
            with self.assertRaises(OSError):
                while file.write(b"\1" * 4096):
                    pass
        self.fill()
        self.check_while_open()
        os.remove(filler)
        self.append_when_there_is_room()
        self.check_while_open()
        self.close()

    def test_a_table_is_compacted_once_there_is_room(self):
        table = ("append", "table", 0)
        self.writer.do("topic", "table", 1, "cleanup.policy=compact", *_SETTINGS)
        self.writer.do(*table, 0, 1000, 500, _KEYS, "buffered")
        self.fill()
        self.assertIn(self.writer.code_of("compact"), (_FULL, "OK"))
        self.delete_half()
        self.append_when_there_is_room()
        self.writer.do("compact")
        self.writer.do(*table, 1000, 1, 500, _KEYS, "durable")
        found = [tuple(one) for _, *one in self.command.consume("table")]
        self.assertLess(len(found), 1001)
        history = PartitionHistory(is_compacted=True)
        given = [record(number, 500, _KEYS) for number in range(1001)]
        self.assertEqual(history.check(given, 1001, found), "")
        self.close()

    def test_a_writer_that_is_killed_or_closed_while_it_is_full_loses_nothing(self):
        spare = os.path.join(self.disk, "spare")
        for end in ("kill", "close"):
            with self.subTest(end):
                with open(spare, "wb") as file:
                    file.write(b"\1" * _SPARE_BYTES)
                self.fill()
                if end == "close":
                    self.assertIn(self.writer.code_of("close"), (_FULL, "OK"))
                self.writer.kill()
                self.check_log()
                # An opening needs a little room, for checkpoints and indexes.
                os.remove(spare)
                self.writer = Writer(_WRITER, os.path.join(self.disk, "data"))
                self.addCleanup(self.writer.kill)
                self.check_while_open()
                self.retain()
                self.append_when_there_is_room()
        self.close()


class TmpfsTest(FullDisk, unittest.TestCase):
    def mount(self):
        mounts.mount_tmpfs(self.disk, _DISK_BYTES)


class Ext4Test(FullDisk, unittest.TestCase):
    def mount(self):
        mounts.mount_ext4_file(self.disk, _DISK_BYTES)


if __name__ == "__main__":
    _TIDEMARK, _WRITER = sys.argv[1:3]
    try:
        mounts.enter_namespace()
    except mounts.Unsupported as unsupported:
        print("skipped: %s" % unsupported)
        sys.exit(0)
    unittest.main(argv=sys.argv[:1])
