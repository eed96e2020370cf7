"""Power losses and write errors of a disk, under ext4 and a real writer.

Usage: lossy_disk_test.py TIDEMARK WRITER. WRITER is writer.cc; the disk is in lossy_disk.py.

One data directory lives through it all. In each round a writer appends, rolls, compacts and removes
until the disk loses power at some write of a block, or some of its writes fail.
Then the writer is killed, the disk unmounted, given its power back, and mounted again. What was
acknowledged as durable, and everything before it, must be there: see history.py.

Environment: TIDEMARK_LOSSES, how many rounds (12); TIDEMARK_SEED, which choices are made (drawn,
and printed, by default). The kernel writes when it sees fit: the same seed need not give the same
run.
"""

import collections
import os
import random
import shutil
import sys
import tempfile
import time

import mounts
from command import Command, Failure
from history import PartitionHistory
from lossy_disk import LossyDisk
from writer_process import Refused, Writer, record

_ROUNDS = 12
_DISK_BYTES = 48 << 20
_ENGINE = {
    "log.flush.offset.checkpoint.interval.ms": 50,
    "log.cleaner.backoff.ms": 20,
    "log.initial.task.delay.ms": 0,
    "log.retention.check.interval.ms": 30,
}
_SETTINGS = {
    "log": ("segment.bytes=12000", "retention.bytes=60000"),
    "table": ("segment.bytes=12000", "cleanup.policy=compact", "min.cleanable.dirty.ratio=0.01"),
}
_ALL_SETTINGS = ("index.interval.bytes=500", "file.delete.delay.ms=0")
_PARTITIONS = {"log": 2, "table": 1}
_KEYS = 10
_OPERATIONS_MAX = 60
_WRITES_MAX = 150


class Partition:
    def __init__(self, is_compacted):
        self.keys = _KEYS if is_compacted else 0
        self.history = PartitionHistory(is_compacted)
        self.given = []
        self.durable_count = 0


class LossyDiskTest:
    def __init__(self, disk, command, writer_binary, data, choices):
        self._disk = disk
        self._command = command
        self._writer_binary = writer_binary
        self._data = data
        self._choices = choices
        self._number = 0
        self._partitions = {
            (topic, partition): Partition(topic == "table")
            for topic, count in _PARTITIONS.items()
            for partition in range(count)
        }
        self.counts = collections.Counter()
        self.refusals = collections.Counter()

    def prepare(self):
        self._command.set_engine(_ENGINE)
        writer = Writer(self._writer_binary, self._data)
        for topic, settings in _SETTINGS.items():
            writer.do("topic", topic, _PARTITIONS[topic], *settings, *_ALL_SETTINGS)
        writer.do("close")
        writer.end()
        # The settings of the engine were not synced by whoever wrote them.
        self._disk.detach()
        self._disk.attach()

    def round(self, name):
        for partition in self._partitions.values():
            partition.given, partition.durable_count = [], 0
        trouble = self._choices.choice(("loss", "loss", "loss", "errors", "loss while opening"))
        if trouble == "loss while opening":
            self._disk.lose_power_after(self._choices.randint(1, 12))
        self._write(trouble)
        self._disk.lose_power()
        self._disk.detach()
        self._disk.restore_power()
        self._disk.attach()
        self.counts[trouble] += 1
        self._check("%s, %s" % (name, trouble))

    def _write(self, trouble):
        try:
            writer = Writer(self._writer_binary, self._data)
        except Refused as refused:
            self.refusals[refused.code] += 1
            return
        if trouble == "loss":
            self._disk.lose_power_after(self._choices.randint(1, _WRITES_MAX))
        elif trouble == "errors":
            self._disk.fail_writes_after(self._choices.randint(1, 40), self._choices.randint(1, 3))
        try:
            for _ in range(self._choices.randint(1, _OPERATIONS_MAX)):
                if self._disk.lost.is_set():
                    break
                self._operate(writer)
        except Refused as refused:
            self.refusals[refused.code] += 1
        writer.kill()

    def _operate(self, writer):
        if self._choices.random() < 0.2:
            writer.do(self._choices.choice(("compact", "retain")))
            return
        topic, number = self._choices.choice(sorted(self._partitions))
        partition = self._partitions[(topic, number)]
        count = self._choices.randint(1, 40)
        size = self._choices.choice((0, 20, 500, 3000))
        durability = self._choice_of_durability()
        first = self._number
        self._number += count
        known = len(partition.given)
        partition.given += [record(first + i, size, partition.keys) for i in range(count)]
        try:
            writer.do("append", topic, number, first, count, size, partition.keys, durability)
        finally:
            taken = len(writer.acknowledged)
            # What comes behind a record that was refused was not given.
            del partition.given[known + min(count, taken + 1) :]
            if durability == "durable" and taken:
                partition.durable_count = known + taken
            self.counts["records acknowledged"] += taken

    def _choice_of_durability(self):
        return self._choices.choice(("buffered", "durable"))

    def _check(self, name):
        self._command.run("recover")
        for topic, count in _PARTITIONS.items():
            places = [[] for _ in range(count)]
            for number, *found in self._command.consume(topic):
                places[number].append(tuple(found))
            for number, found in enumerate(places):
                partition = self._partitions[(topic, number)]
                complaint = partition.history.check(
                    partition.given, partition.durable_count, found, may_delete=True
                )
                if complaint:
                    raise Failure("%s: %s-%d: %s" % (name, topic, number, complaint))
                self.counts["records checked"] += len(found)
        self._command.run("verify")


def main():
    try:
        mounts.enter_namespace()
    except mounts.Unsupported as unsupported:
        print("skipped: %s" % unsupported)
        return
    rounds = int(os.environ.get("TIDEMARK_LOSSES", str(_ROUNDS)))
    seed = int(os.environ.get("TIDEMARK_SEED", str(random.SystemRandom().randrange(10**6))))
    print("TIDEMARK_SEED=%d" % seed)
    choices = random.Random(seed)
    folder = tempfile.mkdtemp(prefix="lossy-", dir=os.environ.get("TEST_TMPDIR"))
    begin = time.monotonic()
    try:
        disk = LossyDisk(folder, _DISK_BYTES, random.Random(seed))
    except (OSError, mounts.Unsupported) as unsupported:
        print("skipped: %s" % unsupported)
        return
    data = os.path.join(disk.folder, "data")
    command = Command(sys.argv[1], data, os.path.join(folder, "errors"))
    test = LossyDiskTest(disk, command, sys.argv[2], data, choices)
    try:
        test.prepare()
        for number in range(rounds):
            test.round("round %d of %d" % (number + 1, rounds))
    except Failure as failure:
        kept = tempfile.mkdtemp(prefix="lossy-kept-", dir=os.environ.get("TEST_TMPDIR"))
        shutil.copytree(data, os.path.join(kept, "data"))
        sys.exit("FAILED: %s\nthe data is in %s" % (failure, kept))
    finally:
        disk.close()
    shutil.rmtree(folder)
    for counts in (test.counts, test.refusals):
        print(", ".join("%s: %d" % item for item in sorted(counts.items())))
    print("%d flushes, %d failed writes" % (disk.flush_count, disk.failed_count))
    print("%d rounds, %d s" % (rounds, time.monotonic() - begin))


if __name__ == "__main__":
    main()
