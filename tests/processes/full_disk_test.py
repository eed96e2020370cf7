"""A disk that is full, under a real writer that goes on: a small tmpfs, an ext4 on a loop device.

Each with a reserve of the default size, and without one; the ext4 without one only where
TIDEMARK_ALL_DISKS is set.

Usage: full_disk_test.py TIDEMARK WRITER. WRITER is writer.cc. Where mounting is not allowed, the
cases are skipped, and say so.
"""

import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

import mounts
from command import Command
from history import PartitionHistory
from writer_process import Writer, record

_RESERVE_BYTES = 8 << 20
_LOG_BYTES = 9 << 20  # And the file system's own.
_VALUE_BYTES = 2000
_KEYS = 50
_SECONDS_MAX = 20
_FULL = "RESOURCE_EXHAUSTED"
_SETTINGS = ("segment.bytes=300000", "file.delete.delay.ms=0")
_RETAINED_BYTES = 2000000
_SPARE_BYTES = 100000


class FullDisk:
    """The cases, for any file system; a subclass mounts one.

    reserve_bytes: of the data directory.
    """

    reserve_bytes = _RESERVE_BYTES

    def setUp(self):
        self.root = tempfile.mkdtemp(prefix="full-", dir=os.environ.get("TEST_TMPDIR"))
        self.addCleanup(shutil.rmtree, self.root)
        self.disk = os.path.join(self.root, "disk")
        try:
            self.mount(_LOG_BYTES + self.reserve_bytes)
        except mounts.Unsupported as unsupported:
            self.skipTest(str(unsupported))
        self.addCleanup(mounts.run, "umount", self.disk)
        data = os.path.join(self.disk, "data")
        self.command = Command(_TIDEMARK, data, os.path.join(self.root, "errors"))
        self.given = []
        self.log = PartitionHistory()
        self.open()
        if self.reserve_bytes != _RESERVE_BYTES:
            self.writer.do("engine", "tidemark.disk.reserve.bytes=%d" % self.reserve_bytes)
        self.check_reserve(self.reserve_bytes)
        retention = "retention.bytes=%d" % _RETAINED_BYTES
        self.writer.do("topic", "log", 1, retention, *_SETTINGS)

    def open(self):
        self.writer = Writer(_WRITER, os.path.join(self.disk, "data"))
        self.addCleanup(self.writer.kill)

    def check_reserve(self, size_bytes):
        path = os.path.join(self.disk, "data", "tidemark.reserve")
        self.assertEqual(os.path.getsize(path) if os.path.exists(path) else 0, size_bytes)

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

    def fill(self, durability="buffered"):
        self.assertEqual(self.append(10**6, durability), _FULL)

    def until_there_is_room(self, attempt):
        """Files go on another thread, so the space is there a moment later."""
        deadline = time.monotonic() + _SECONDS_MAX
        code = attempt()
        while code == _FULL and time.monotonic() < deadline:
            code = attempt()
        self.check_ok(code)

    def check_ok(self, code):
        if code != "OK":
            free_bytes = shutil.disk_usage(self.disk).free
            told = " ".join(self.writer.do("errors"))
            self.fail("%s; %d bytes are free; in the background: %s" % (code, free_bytes, told))

    def append_when_there_is_room(self):
        self.until_there_is_room(lambda: self.append(100))

    def make_room(self, *words):
        """A reserve is enough to finish at once; without one checkpoints may wait for room."""
        if self.reserve_bytes > 0:
            self.check_ok(self.writer.code_of(*words))
        else:
            self.until_there_is_room(lambda: self.writer.code_of(*words))

    def delete_half(self):
        half = len(self.given) // 2
        self.make_room("delete", "log", 0, half)
        self.assertEqual(int(self.writer.do("read", "log", 0, 0)[0]), half)

    def take_every_block(self):
        """Returns the path of the file that has them now."""
        # Finishes segments, which would give room back later.
        self.assertEqual(self.append(1, "durable"), "OK")
        filler = pathlib.Path(self.disk, "filler")
        with open(filler, "wb", buffering=0) as file:
            for size in (65536, 4096, 512):
                with self.assertRaises(OSError):
                    while file.write(b"\1" * size) == size:
                        pass
                    raise OSError  # A part of it had room.
        self.assertEqual(shutil.disk_usage(self.disk).free, 0)
        return filler

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

    def end(self, how):
        """On a full disk."""
        if how == "close":
            code = self.writer.code_of("close")
            self.assertIn(code, ("OK",) if self.reserve_bytes > 0 else ("OK", _FULL))
            mark = os.path.join(self.disk, "data", ".kafka_cleanshutdown")
            self.assertEqual(os.path.exists(mark), code == "OK")
        self.writer.kill()

    def open_while_full(self, spare):
        """Without a reserve there must be a little room, for checkpoints and indexes."""
        if self.reserve_bytes == 0:
            spare.unlink()
        self.open()

    def close(self):
        self.writer.do("close")
        self.assertEqual(self.writer.end(), 0)
        self.command.run("verify")
        self.check_log()

    def test_reads_go_on_retention_makes_room_and_appends_go_on(self):
        for durability in ("buffered", "durable", "buffered"):
            self.fill()
            # A segment that was finished meanwhile may have made a little room.
            self.fill(durability)
            self.check_while_open()
            self.make_room("retain")
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
        filler = self.take_every_block()
        self.fill()
        self.check_while_open()
        filler.unlink()
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
        # Finishes its segments, for which there may have been no room. Others are not compacted.
        self.writer.do(*table, 1000, 1, 500, _KEYS, "durable")
        self.writer.do("compact")
        found = [tuple(one) for _, *one in self.command.consume("table")]
        self.assertLess(len(found), 1001)
        history = PartitionHistory(is_compacted=True)
        given = [record(number, 500, _KEYS) for number in range(1001)]
        self.assertEqual(history.check(given, 1001, found), "")
        self.close()

    def test_a_writer_that_is_killed_or_closed_while_it_is_full_loses_nothing(self):
        spare = pathlib.Path(self.disk, "spare")
        for end in ("kill", "close"):
            with self.subTest(end):
                spare.write_bytes(b"\1" * _SPARE_BYTES)
                self.fill()
                self.end(end)
                self.check_log()
                self.open_while_full(spare)
                self.check_while_open()
                self.make_room("retain")
                self.append_when_there_is_room()
                self.check_reserve(self.reserve_bytes)
        self.close()

    def test_a_disk_without_one_free_block_can_be_closed_on_and_opened(self):
        for end in ("kill", "close"):
            with self.subTest(end):
                self.assertEqual(self.append(1000), "OK")
                filler = self.take_every_block()
                # Into what its segment has already.
                self.fill()
                self.end(end)
                self.check_log()
                self.open_while_full(filler)
                self.check_while_open()
                self.delete_half()
                filler.unlink(missing_ok=True)
                self.append_when_there_is_room()
                self.check_reserve(self.reserve_bytes)
        self.close()


class TmpfsTest(FullDisk, unittest.TestCase):
    def mount(self, size_bytes):
        mounts.mount_tmpfs(self.disk, size_bytes)


class Ext4Test(FullDisk, unittest.TestCase):
    def mount(self, size_bytes):
        mounts.mount_ext4_file(self.disk, size_bytes)


class TmpfsWithoutReserveTest(TmpfsTest):
    reserve_bytes = 0


@unittest.skipUnless(os.environ.get("TIDEMARK_ALL_DISKS"), "TIDEMARK_ALL_DISKS is not set")
class Ext4WithoutReserveTest(Ext4Test):
    reserve_bytes = 0


if __name__ == "__main__":
    _TIDEMARK, _WRITER = sys.argv[1:3]
    try:
        mounts.enter_namespace()
    except mounts.Unsupported as unsupported:
        print("skipped: %s" % unsupported)
        sys.exit(0)
    unittest.main(argv=sys.argv[:1], failfast=True)
