"""Transactions and a compacted log that Tidemark wrote, before Kafka's tools and a broker."""

import base64
import json
import os

import dumps
import workloads
from checks import require, same
from exchange import hand_over
from records import Record
from tidemark import batch_step, segments

TOPIC, COMPACTED = "ours-transactions", "ours-compacted"
GROUP = "our-transactional-group"
_FIRST, _SECOND = "our-first", "our-second"
_CODECS = ("none", "lz4", "zstd")
# Kafka's names for what stands in a producer snapshot and a transaction index.
_SNAPSHOT = {
    "producerId": "producer_id",
    "producerEpoch": "producer_epoch",
    "coordinatorEpoch": "coordinator_epoch",
    "lastSequence": "last_sequence",
    "lastOffset": "last_offset",
}
_ABORTED = {
    "producerId": "producer_id",
    "firstOffset": "first_offset",
    "lastOffset": "last_offset",
    "lastStableOffset": "last_stable_offset",
}


class _Steps:
    def __init__(self, topic, first_timestamp):
        self.steps, self._topic, self._time = [], topic, first_timestamp

    def batch(self, producer, keys_and_values):
        self._time += 10
        rows = [Record(0, self._time, key, value, ()) for key, value in keys_and_values]
        more = {"producer": producer} if producer else {}
        codec = _CODECS[len(self.steps) % len(_CODECS)]
        self.steps.append(batch_step(self._topic, 0, codec, rows, **more))

    def do(self, producer, what, **more):
        self.steps.append({"producer": producer, "do": what, **more})


def _transactions(first_timestamp):
    """Committed, aborted and interleaved, with records of nobody between; offsets in both kinds."""
    story = _Steps(TOPIC, first_timestamp)
    for turn in range(8):
        rows = [("key %d" % i, "turn %d, record %d" % (turn, i)) for i in range(3)]
        offsets = {"group": GROUP, "topic": TOPIC, "partition": 0}
        story.do(_FIRST, "begin")
        story.batch(_FIRST, rows)
        story.do(_SECOND, "begin")
        story.batch(_SECOND, rows[:2])
        story.batch(None, rows[:1])
        story.do(_FIRST, "offsets", offset=turn, **offsets)
        story.do(_SECOND, "offsets", offset=1000 + turn, **offsets)
        story.batch(_FIRST, rows[1:])
        story.do(_SECOND, "abort" if turn % 3 else "commit")
        story.do(_FIRST, "commit" if turn % 2 else "abort")
    return story.steps


def _compacted(first_timestamp):
    """Keys again and again, some deleted, some in transactions."""
    story = _Steps(COMPACTED, first_timestamp)
    for turn in range(30):
        keys = ["key %d" % ((turn * 3 + i) % 11) for i in range(4)]
        gone = turn % 7 == 3
        rows = [(key, None if gone else "turn %d %s" % (turn, "x" * 30)) for key in keys]
        producer = _FIRST if turn % 4 == 1 else None
        if producer:
            story.do(producer, "begin")
        story.batch(producer, rows)
        if producer:
            story.do(producer, "abort" if turn % 8 == 1 else "commit")
    return story.steps


def _size(encoded):
    return -1 if encoded is None else len(base64.b64decode(encoded))


class OurTransactions:
    def __init__(self, checks, tidemark, toolbox, data):
        self._checks, self._tidemark, self._toolbox = checks, tidemark, toolbox
        self._data = data

    def _rows(self, *paths):
        printed = self._tidemark.run("dump", *paths, "--records", "--output", "json")
        return [json.loads(line) for line in printed.splitlines()]

    def write(self, first_timestamp):
        with self._checks.check("Tidemark writes transactions, committed and aborted"):
            self._tidemark.create(self._data, TOPIC, segment_bytes=2000, index_interval_bytes=300)
            self._tidemark.do(self._data, _transactions(first_timestamp))
            require(segments(self._data, TOPIC, 0, ".txnindex"), "nothing was aborted")
        with self._checks.check("Tidemark compacts a log"):
            config = {"cleanup_policy": "compact", "index_interval_bytes": 300}
            self._tidemark.create(self._data, COMPACTED, segment_bytes=2000, **config)
            self._tidemark.do(self._data, _compacted(first_timestamp))
            before = len(self._tidemark.consume(self._data, COMPACTED))
            self._tidemark.run("compact", "--data-dir", self._data, "--topic", COMPACTED)
            after = len(self._tidemark.consume(self._data, COMPACTED))
            require(0 < after < before, "%d records of %d are left" % (after, before))

    def dump(self):
        for topic in (TOPIC, COMPACTED):
            with self._checks.check("DumpLogSegments finds our files sound, " + topic):
                batches = [row for row in self._rows(*segments(self._data, topic))
                           if "base_offset" in row]
                wanted = [
                    (row["offset"], row["timestamp"], _size(row["key_b64"]),
                     _size(row["value_b64"]))
                    for batch in batches
                    for row in batch["records"]
                ]
                markers = sum(batch["control"] for batch in batches)
                require(markers > 0, "there is no marker")
                dumps.require_rows_sound(self._toolbox, self._data, topic, wanted)
        for suffix, names in ((".snapshot", _SNAPSHOT), (".txnindex", _ABORTED)):
            with self._checks.check("DumpLogSegments reads our %s files as we do" % suffix):
                paths = [path for topic in (TOPIC, COMPACTED)
                         for path in segments(self._data, topic, 0, suffix)]
                printed = dumps.number_rows(self._toolbox.dump("--files", ",".join(paths)))
                found = [
                    {ours: row.get(kafkas, -1) for kafkas, ours in names.items()}
                    for row in printed
                ]
                wanted = [{ours: row[ours] for ours in names.values()}
                          for row in self._rows(*paths) if "producer_id" in row]
                require(wanted, "nothing stands in %s" % paths)
                same(sorted(map(sorted, map(dict.items, wanted))),
                     sorted(map(sorted, map(dict.items, found))))

    def seen(self, topic, isolation):
        return self._tidemark.consume(self._data, topic, "--isolation", isolation)

    def hand_over(self, brokers):
        for topic in (TOPIC, COMPACTED):
            hand_over(self._data, brokers, topic, 1)

    def go_on_as_a_broker(self, broker, consume_all):
        """With our `__transaction_state` in place of the broker's."""
        with self._checks.check("a broker knows where our transactions stand"):
            printed = broker.tool(
                "org.apache.kafka.tools.TransactionsCommand",
                *("describe", "--transactional-id", _FIRST),
            )
            rows = [dict(zip(*(line.split("\t") for line in printed.splitlines()[:2])))]
            rows = [{name.strip(): text.strip() for name, text in row.items()} for row in rows]
            ids = {batch["producer_id"] for path in segments(self._data, TOPIC)
                   for batch in self._rows(path) if "base_offset" in batch}
            require(rows[0]["TransactionState"] == "CompleteCommit", "it says %s" % rows)
            require(int(rows[0]["ProducerId"]) in ids, "it says %s" % rows)
        with self._checks.check("a broker's producer goes on under our transactional id"):
            script = workloads.Script(broker, TOPIC, 1000)
            script.do(_FIRST, "init", "begin", 3, "commit", "close")
            found = consume_all(broker, TOPIC, "--isolation-level", "read_committed")
            require(
                [record.value for record in found[-3:]]
                == ["record %d of %s" % (i, _FIRST) for i in (1, 2, 3)],
                "the last ones are %s" % found[-3:],
            )


def hand_over_transaction_state(ours, brokers):
    require(os.path.isdir(os.path.join(ours, "__transaction_state-2")), "there is no such topic")
    hand_over(ours, brokers, "__transaction_state", 3)
