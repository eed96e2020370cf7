"""Kills `tidemark` right after a chosen change of a file, and looks whether every promise is kept.

Usage: aimed_kill_test.py TIDEMARK LIBRARY. LIBRARY is kill_at_call.cc.

One data directory lives through all kills. Each round picks a moment: a command, and a call that it
makes, such as the rename to `.swap` while it compacts, or any change of a file; the command dies
right after it. Then what is left is read and verified, perhaps a recovery of it is killed, up to
three deep, and the next round goes on with the directory. What must hold is in history.py.

Environment: TIDEMARK_KILLS, how many processes are killed (40); TIDEMARK_SEED, which choices are
made (drawn, and printed, by default). The same seed makes the same choices.
"""

import collections
import os
import random
import shutil
import sys
import tempfile
import time

from command import Command, Failure
from history import PartitionHistory, TransactionHistory

_KILLS = 40
_PARTITIONS = 2
_SETTINGS = {
    "log": ("segment.bytes=8000", "retention.bytes=20000"),
    "table": ("segment.bytes=8000", "cleanup.policy=compact", "min.cleanable.dirty.ratio=0.01"),
    "account": ("segment.bytes=8000",),
}
_ALL_SETTINGS = ("index.interval.bytes=500", "file.delete.delay.ms=0")
_KEYS = 12
_RECORDS_MAX = 200

# What is killed, and at which calls: (kind, text in the path).
_ANY = ("any", "")
_MOMENTS = {
    "roll": (("create", ".log"), ("size", ".log"), ("create", "index"), ("sync", ".log"), _ANY),
    "checkpoint": (("rename", "recovery-point"), ("write", "checkpoint"), ("remove", "clean")),
    "retention": (("rename", ".deleted"), ("rename", "log-start"), ("remove", ".deleted"), _ANY),
    "compaction": (
        ("create", ".cleaned"),
        ("sync", ".cleaned"),
        ("rename", ".swap"),
        ("rename", ".deleted"),
        ("rename", "cleaner-offset"),
        ("remove", ".deleted"),
        _ANY,
    ),
    "transaction": (("sync", "__transaction_state"), ("sync", "account"), _ANY),
    "deletion": (("rename", ".deleted"), ("rename", "log-start"), _ANY),
    "topic": (("create", "extra"), ("rename", "extra"), ("remove", "extra"), _ANY),
}
_RECOVERY = (("size", ".log"), ("write", ".log"), ("create", "index"), ("rename", ""), _ANY, _ANY)
_RECOVERY_DEPTH_MAX = 3


class AimedKills:
    def __init__(self, command, choices):
        self._command = command
        self._choices = choices
        self._written_count = 0
        self._begun_count = 0
        self._log = [PartitionHistory() for _ in range(_PARTITIONS)]
        self._table = PartitionHistory(is_compacted=True)
        self._account = TransactionHistory()
        self._extra = None
        self._calls = {}
        self.kills = collections.Counter()
        self.missed = collections.Counter()
        self.checked_count = 0

    def prepare(self):
        self._command.set_engine({"transaction.state.log.num.partitions": 2})
        for topic, settings in _SETTINGS.items():
            words = [w for s in settings + _ALL_SETTINGS for w in ("--config", s)]
            partitions = 1 if topic == "table" else _PARTITIONS
            create = ("topic", "create", "--topic", topic, "--partitions", partitions)
            self._command.run(*create, *words)

    def round(self):
        moment = self._choices.choice(sorted(_MOMENTS))
        self._named = "a kill in %s" % moment
        getattr(self, "_" + moment)(moment)
        depth = 0
        while depth < _RECOVERY_DEPTH_MAX and self._choices.random() < 0.4:
            self._kill("recovery", "recover")
            self._check()
            depth += 1

    def finish(self):
        self._named = "the end"
        self._command.run("compact")
        self._command.run("retain")
        self._check(may_delete=True)

    def _kill(self, moment, *words, stdin=b""):
        """Runs the command up to a call of the moment; returns whether it was killed, and its
        output."""
        aims = _RECOVERY if moment == "recovery" else _MOMENTS[moment]
        kind, text = self._choices.choice(aims)
        known = self._calls.get((moment, kind, text), 8)
        number = self._choices.randint(1, max(known, 1))
        self._named += ", then %s:%s:%d" % (kind, text, number)
        killed, out, count = self._command.run_killed((kind, text, number), *words, stdin=stdin)
        if killed:
            self.kills[moment] += 1
            # Perhaps there are more of them than was known.
            self._calls[(moment, kind, text)] = max(known, number * 2)
        else:
            self.missed[moment] += 1
            self._calls[(moment, kind, text)] = count
        return killed, out

    def _records(self, with_keys):
        records = []
        for _ in range(self._choices.randint(1, _RECORDS_MAX)):
            self._written_count += 1
            key = b"k%d" % self._choices.randrange(_KEYS) if with_keys else b""
            is_tombstone = with_keys and self._choices.random() < 0.05
            size = self._choices.choice((0, 10, 100, 300))
            value = b"" if is_tombstone else b"%d:%s" % (self._written_count, b"=" * size)
            records.append((key, value))
        return records

    def _produce(self, moment, topic, partition=0):
        """One writer of the topic, which is killed if `moment` is not None."""
        with_keys = topic == "table"
        records = self._records(with_keys)
        words = ["produce", "--topic", topic, "--partition", partition, "--print-offsets"]
        words += ["--durability", self._choices.choice(("buffered", "durable"))]
        words += ["--batch-records", self._choices.choice((1, 7, 40))]
        if with_keys:
            words += ["--key-separator", "|", "--tombstones"]
        lines = [key + b"|" + value if with_keys else value for key, value in records]
        stdin = b"".join(line + b"\n" for line in lines)
        if moment is None:
            out = self._command.run(*words, stdin=stdin)
        else:
            _, out = self._kill(moment, *words, stdin=stdin)
        count = out.count(b"\n")
        if topic == "table":
            self._check(table=(records, count))
        else:
            self._check(log=(partition, records, count))

    def _roll(self, moment):
        topic = self._choices.choice(("log", "table"))
        partition = 0 if topic == "table" else self._choices.randrange(_PARTITIONS)
        self._produce(moment, topic, partition)

    _checkpoint = _roll

    def _retention(self, moment):
        for partition in range(_PARTITIONS):
            self._produce(None, "log", partition)
        self._kill(moment, "retain", "--topic", "log")
        self._check(may_delete=True)

    def _compaction(self, moment):
        self._produce(None, "table")
        self._kill(moment, "compact", "--topic", "table")
        self._check()

    def _deletion(self, moment):
        partition = self._choices.randrange(_PARTITIONS)
        self._produce(None, "log", partition)
        log = self._log[partition]
        before = self._choices.randint(log.start, log.end - 1)
        words = ["records", "delete", "--topic", "log", "--partition", partition]
        killed, _ = self._kill(moment, *words, "--before", before)
        self._check(may_delete=True)
        if log.start != before and not (killed and log.start < before):
            raise Failure("%s: the log starts at %d, not %d" % (self._named, log.start, before))

    def _transaction_records(self):
        size = self._choices.randint(1, 60)
        filler = b"=" * self._choices.choice((0, 10, 300))
        lines = [b"k%d|%d:%d:%s\n" % (n, self._begun_count, n, filler) for n in range(size)]
        return size, b"".join(lines)

    def _transaction(self, moment):
        outcome = self._choices.choice(("commit", "commit", "abort"))
        words = ["produce", "--topic", "account", "--transaction", outcome, "--key-separator", "|"]
        words += ["--durability", self._choices.choice(("buffered", "durable"))]
        self._begun_count += 1
        size, lines = self._transaction_records()
        killed, _ = self._kill(moment, *words, stdin=lines)
        told = {"commit": "committed", "abort": "aborted"}[outcome]
        is_known = outcome == "abort" or not killed
        self._account.add(self._begun_count, size, told if is_known else None)
        if killed:
            # The next opening decides what this one did not.
            self._kill("recovery", "recover")
            self._command.run("recover")
        self._check()

    def _topic(self, moment):
        wanted = self._extra is None
        verb = ("topic", "create" if wanted else "delete", "--topic", "extra")
        killed, _ = self._kill(moment, *verb, *(("--partitions", 3) if wanted else ()))
        # What the listing shows of a change that was cut short is decided by an opening.
        self._command.run("recover")
        listed = b"extra" in self._command.run("topic", "list")
        if listed != wanted and not killed:
            raise Failure("%s: done, and not there" % self._named)
        self._extra = 3 if listed else None
        if listed and self._command.consume("extra"):
            raise Failure("%s: a new topic has records" % self._named)
        self._check()

    def _check(self, log=None, table=None, may_delete=False):
        places = [[] for _ in range(_PARTITIONS)]
        for partition, *record in self._command.consume("log"):
            places[partition].append(tuple(record))
        for partition, history in enumerate(self._log):
            given = log[1:] if log and log[0] == partition else ([], 0)
            self._judge("log-%d" % partition, history.check(*given, places[partition], may_delete))
        found = [tuple(record) for _, *record in self._command.consume("table")]
        self._judge("table", self._table.check(*(table or ([], 0)), found))
        if self._begun_count:
            committed = self._command.consume("account", "--isolation", "read_committed")
            parts = [value.split(b":") for _, _, _, value in committed]
            self._judge("account", self._account.check([(int(p[0]), int(p[1])) for p in parts]))
            self.checked_count += len(committed)
        self.checked_count += sum(len(place) for place in places) + len(found)
        self._command.run("verify")

    def _judge(self, name, complaint):
        if complaint:
            raise Failure("%s: %s: %s" % (self._named, name, complaint))


def main():
    kills = int(os.environ.get("TIDEMARK_KILLS", str(_KILLS)))
    seed = int(os.environ.get("TIDEMARK_SEED", str(random.SystemRandom().randrange(10**6))))
    print("TIDEMARK_SEED=%d" % seed)
    folder = tempfile.mkdtemp(prefix="aimed-", dir=os.environ.get("TEST_TMPDIR"))
    command = Command(
        sys.argv[1], os.path.join(folder, "data"), os.path.join(folder, "errors"), sys.argv[2]
    )
    test = AimedKills(command, random.Random(seed))
    begin = time.monotonic()
    try:
        test.prepare()
        while sum(test.kills.values()) < kills:
            test.round()
        test.finish()
    except Failure as failure:
        sys.exit("FAILED: %s\nthe data is in %s" % (failure, folder))
    shutil.rmtree(folder)
    for moment, count in sorted(test.kills.items()):
        print("%s: %d killed, %d ended before" % (moment, count, test.missed[moment]))
    print(
        "%d kills, %d records checked, %d s"
        % (sum(test.kills.values()), test.checked_count, time.monotonic() - begin)
    )


if __name__ == "__main__":
    main()
