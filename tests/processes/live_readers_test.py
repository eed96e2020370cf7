"""Onlookers beside a writer that appends, rolls, compacts, removes and checkpoints all the time.

Usage: live_readers_test.py TIDEMARK WRITER. `tidemark verify`, `dump` and `consume` run over and
over beside the process of writer.cc, and none may ever report damage, or miss, invent or repeat a
record: see history.py.

Environment: TIDEMARK_LOOKS, how many looks of each kind (8).
"""

import glob
import os
import shutil
import sys
import tempfile
import threading
import time

from command import Command, Failure
from history import PartitionHistory
from writer_process import Writer, record

_LOOKS = 8
_KEYS = 15
_BATCH = 50
_OVERTAKEN = "is not in the log, which starts at"
_VALUE_BYTES = 60
_ENGINE = {
    "log.flush.offset.checkpoint.interval.ms": 20,
    "log.cleaner.backoff.ms": 5,
    "log.initial.task.delay.ms": 0,
    "log.retention.check.interval.ms": 5,
}
_SETTINGS = ("segment.bytes=6000", "index.interval.bytes=300", "file.delete.delay.ms=0")
_TOPICS = {
    "log": ("retention.bytes=30000",),
    "table": ("cleanup.policy=compact", "min.cleanable.dirty.ratio=0.01"),
}


class LiveWriter(threading.Thread):
    """Has the writer append to both topics, in turn, until it is stopped."""

    def __init__(self, writer):
        super().__init__()
        self._writer = writer
        self._is_stopped = threading.Event()
        self.counts = {topic: 0 for topic in _TOPICS}
        self.failure = None

    def run(self):
        try:
            while not self._is_stopped.is_set():
                for topic in _TOPICS:
                    keys = _KEYS if topic == "table" else 0
                    words = (topic, 0, self.counts[topic], _BATCH, _VALUE_BYTES, keys, "buffered")
                    self._writer.do("append", *words)
                    self.counts[topic] += _BATCH
                self._writer.do("retain")
                self._writer.do("compact")
        except Exception as failure:  # For the main thread, which is told by check().
            self.failure = failure

    def stop(self):
        self._is_stopped.set()
        self.join()
        self.check()

    def check(self):
        if self.failure is not None:
            raise Failure("the writer: %r" % self.failure)


def _given(topic, count):
    keys = _KEYS if topic == "table" else 0
    return [record(number, _VALUE_BYTES, keys) for number in range(count)]


def _consume(command, live, topic):
    """Of the log, all that had been appended when it began must be there, but what retention took.
    Of the table, a record may be missing whose successor came while it was read."""
    before = live.counts[topic]
    try:
        found = [tuple(one) for _, *one in command.consume(topic)]
    except Failure as failure:
        # Retention was faster than the reader, who says so.
        if topic == "log" and _OVERTAKEN in str(failure):
            return 0
        raise
    # The writer may be a batch ahead of what it told.
    given = _given(topic, live.counts[topic] + 2 * _BATCH)
    if topic == "log":
        complaint = PartitionHistory().check(given, before, found, may_delete=True)
    else:
        complaint = _check_places(given, found)
    if complaint:
        raise Failure("consume of %s: %s" % (topic, complaint))
    return len(found)


def _check_places(given, found):
    offsets = [offset for offset, _, _ in found]
    if offsets != sorted(set(offsets)):
        return "offsets repeat or fall"
    for offset, key, value in found:
        if offset >= len(given) or given[offset] != (key, value):
            return "offset %d is %r" % (offset, (key, value))
    return ""


def _check_at_the_end(command, live):
    for topic, count in live.counts.items():
        history = PartitionHistory(is_compacted=topic == "table")
        found = [tuple(one) for _, *one in command.consume(topic)]
        complaint = history.check(_given(topic, count), count, found, may_delete=True)
        if complaint:
            raise Failure("at the end, %s: %s" % (topic, complaint))


def _dump(command, data):
    for path in sorted(glob.glob(os.path.join(data, "*-0", "*.log"))):
        command.dump(path)


def main():
    looks = int(os.environ.get("TIDEMARK_LOOKS", str(_LOOKS)))
    folder = tempfile.mkdtemp(prefix="live-", dir=os.environ.get("TEST_TMPDIR"))
    data = os.path.join(folder, "data")
    command = Command(sys.argv[1], data, os.path.join(folder, "errors"))
    command.set_engine(_ENGINE)
    writer = Writer(sys.argv[2], data)
    for topic, settings in _TOPICS.items():
        writer.do("topic", topic, 1, *settings, *_SETTINGS)
    live = LiveWriter(writer)
    live.start()
    begin = time.monotonic()
    read_count = 0
    try:
        for _ in range(looks):
            command.run("verify")
            _dump(command, data)
            for topic in _TOPICS:
                read_count += _consume(command, live, topic)
            live.check()
        live.stop()
        writer.do("close")
        command.run("verify")
        _check_at_the_end(command, live)
    except Failure as failure:
        writer.kill()
        sys.exit("FAILED: %s\nthe data is in %s" % (failure, folder))
    writer.end()
    shutil.rmtree(folder)
    counts = (looks, sum(live.counts.values()), read_count, time.monotonic() - begin)
    print("%d looks of each kind, %d records written and %d read meanwhile, %d s" % counts)


if __name__ == "__main__":
    main()
