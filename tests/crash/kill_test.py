"""Kills `tidemark produce` at random moments and looks whether every acknowledged record is there.

Usage: kill_test.py TIDEMARK buffered|durable

One data directory lives through all kills. Each round hands a writer records that nobody wrote
before, by key, without keys, or to one partition, and kills it after a random number of lines given
or of acknowledgements, or after a random time, which may be while it opens the directory. Then the
directory is read and verified as the killed writer left it; the next round's writer recovers it.
The last writer ends by itself. What must hold is in kill_check.py.

Environment: TIDEMARK_KILLS, how many writers are killed (10); TIDEMARK_SEED, which random choices
are made (drawn, and printed, by default).
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from kill_check import TopicModel

_PARTITIONS = 3
# Small enough that every round rolls segments and fills indexes.
_SETTINGS = ("segment.bytes=30000", "index.interval.bytes=500")
_RECORDS_MAX = 1500
# When a writer is killed. It is ahead of what is seen of its acknowledgements, so it is busiest
# right after it was given something.
_MOMENTS = ("given", "given", "acknowledged", "time")
_DELAY_SECONDS_MAX = 0.12
_PAUSE_SECONDS_MAX = 0.004
_SECONDS_MAX = 60


class Failure(Exception):
    pass


class Topic:
    def __init__(self, name, has_keys):
        self.name = name
        self.has_keys = has_keys
        self.model = TopicModel(_PARTITIONS)


class KillTest:
    def __init__(self, binary, durability, folder, choices):
        self._binary = binary
        self._durability = durability
        self._data = os.path.join(folder, "data")
        self._errors = os.path.join(folder, "errors")
        self._choices = choices
        self._written_count = 0
        self._topics = [Topic("keyed", True), Topic("unkeyed", False)]

    def run(self, kills):
        for topic in self._topics:
            settings = [word for setting in _SETTINGS for word in ("--config", setting)]
            self._tidemark(
                "topic", "create", "--topic", topic.name, "--partitions", _PARTITIONS, *settings
            )
        for number in range(kills):
            topic = self._choices.choice(self._topics)
            self._round(topic, "kill %d of %d" % (number + 1, kills), is_killed=True)
        for topic in self._topics:
            self._round(topic, "the last writer of " + topic.name, is_killed=False)

    def _round(self, topic, name, is_killed):
        records = self._make_records(topic)
        partition = self._choices.choice((None, self._choices.randrange(_PARTITIONS)))
        options = self._make_options(topic, partition)
        acknowledged = self._write(records, options, is_killed)
        for checked in self._topics:
            mine = (records, acknowledged, partition) if checked is topic else ([], [], None)
            complaint = checked.model.check(mine[0], mine[1], self._consume(checked), mine[2])
            if complaint:
                raise Failure("%s, %s: %s" % (name, " ".join(options), complaint))
        self._tidemark("verify")
        counts = (len(records), len(acknowledged), topic.model.record_count())
        print("%s: %d records given, %d acknowledged, %d in the topic" % ((name,) + counts))

    def _make_records(self, topic):
        choices = self._choices
        records = []
        for _ in range(choices.randrange(1, _RECORDS_MAX)):
            self._written_count += 1
            key = b"key-%d" % choices.randrange(20) if topic.has_keys else b""
            size = choices.choice((0, 1, 10, 100, choices.randrange(500)))
            value = b"%d:%s" % (self._written_count, b"=" * size)
            records.append((key, value))
        return records

    def _make_options(self, topic, partition):
        codec = self._choices.choice(("none", "none", "gzip", "snappy", "lz4", "zstd"))
        options = ["--topic", topic.name, "--durability", self._durability, "--compression", codec]
        if topic.has_keys:
            options += ["--key-separator", "|"]
        if partition is not None:
            options += ["--partition", str(partition)]
        batch = self._choices.choice((None, None, 1, 7, 50))
        return options if batch is None else options + ["--batch-records", str(batch)]

    def _write(self, records, options, is_killed):
        """Returns what the writer acknowledged."""
        lines = [b"|".join(record if record[0] else record[1:]) + b"\n" for record in records]
        given_count, kill_count, delay, pause = None, None, _SECONDS_MAX, 0
        moment = self._choices.choice(_MOMENTS) if is_killed else None
        if moment == "given":
            given_count = self._choices.randrange(1, len(records) + 1)
            pause = self._choices.uniform(0, _PAUSE_SECONDS_MAX)
        elif moment == "acknowledged":
            kill_count = self._choices.randrange(1, len(records) + 1)
        elif moment == "time":
            delay = self._choices.uniform(0, _DELAY_SECONDS_MAX)
        with open(self._errors, "wb") as errors:
            writer = subprocess.Popen(
                self._command("produce", *options, "--print-offsets"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        is_open = threading.Event()
        if given_count is None:
            feed, arguments = _feed_all, (writer, lines, not is_killed)
        else:
            feed, arguments = _feed_some, (writer, lines[:given_count], is_open, pause)
        feeder = threading.Thread(target=feed, args=arguments)
        timer = threading.Timer(delay, writer.kill)
        feeder.start()
        timer.start()
        acknowledged = []
        for line in writer.stdout:
            if not line.endswith(b"\n"):
                break  # The writer was killed in the middle of it.
            partition, offset = line.split()
            acknowledged.append((int(partition), int(offset)))
            is_open.set()
            if len(acknowledged) == kill_count:
                writer.kill()
        is_open.set()
        writer.stdout.close()
        status = writer.wait()
        timer.cancel()
        feeder.join()
        _close(writer.stdin)
        if status != (-signal.SIGKILL if is_killed else 0):
            self._fail("the writer ended with %d" % status)
        wanted = len(records)
        if is_killed:
            wanted = kill_count or (0 if given_count is None else 1)
        if len(acknowledged) < wanted:
            counts = (len(acknowledged), len(records))
            self._fail("the writer acknowledged no more than %d of %d records" % counts)
        return acknowledged

    def _consume(self, topic):
        output = self._tidemark("consume", "--topic", topic.name, "--format", r"%p|%o|%k|%v\n")
        found = []
        for line in output.split(b"\n")[:-1]:
            partition, offset, key, value = line.split(b"|")
            found.append((int(partition), int(offset), key, value))
        return found

    def _tidemark(self, *arguments):
        with open(self._errors, "wb") as errors:
            done = subprocess.run(
                self._command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=_SECONDS_MAX,
                check=False,
            )
        if done.returncode != 0:
            sys.stdout.write(done.stdout[-2000:].decode(errors="replace"))
            self._fail("tidemark %s ended with %d" % (arguments[0], done.returncode))
        return done.stdout

    def _command(self, *arguments):
        words = 2 if arguments[0] == "topic" else 1
        place = ("--data-dir", self._data)
        return [self._binary] + [str(a) for a in arguments[:words] + place + arguments[words:]]

    def _fail(self, text):
        with open(self._errors, encoding="utf-8", errors="replace") as errors:
            raise Failure("%s\n%s" % (text, errors.read()))


def _feed_all(writer, lines, is_last):
    """Hands the lines over. Unless `is_last`, leaves the pipe open, so that the writer waits."""
    try:
        writer.stdin.write(b"".join(lines))
        writer.stdin.flush()
        if is_last:
            writer.stdin.close()
    except BrokenPipeError:
        pass


def _feed_some(writer, lines, is_open, pause):
    """Hands the lines over, all but the first once that is acknowledged, and kills the writer."""
    try:
        writer.stdin.write(lines[0])
        writer.stdin.flush()
        is_open.wait()
        writer.stdin.write(b"".join(lines[1:]))
        writer.stdin.flush()
        time.sleep(pause)
        writer.kill()
    except BrokenPipeError:
        pass


def _close(stdin):
    try:
        stdin.close()
    except BrokenPipeError:  # What the killed writer did not take.
        pass


def main():
    kills = int(os.environ.get("TIDEMARK_KILLS", "10"))
    seed = int(os.environ.get("TIDEMARK_SEED", str(random.SystemRandom().randrange(10**6))))
    print("TIDEMARK_SEED=%d" % seed)
    folder = tempfile.mkdtemp(prefix="kill-", dir=os.environ.get("TEST_TMPDIR"))
    binary = os.path.abspath(sys.argv[1])
    try:
        KillTest(binary, sys.argv[2], folder, random.Random(seed)).run(kills)
    except Failure as failure:
        sys.exit("FAILED: %s\nthe data is in %s" % (failure, folder))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
