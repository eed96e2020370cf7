"""Tidemark and a real Apache Kafka on each other's directories.

Usage: real_kafka_check.py KAFKA_LIBRARIES TIDEMARK APPEND_RECORDS FOLDER RESULT
Works in FOLDER, starts and stops brokers there, and writes "passed failed" to RESULT.
"""

import os
import shutil
import signal
import sys
import time

import damage
import dumps
import records
import workloads
from checks import Checks, require, same
from exchange import hand_over
from kafka import Broker, Toolbox
from our_transactions import COMPACTED, GROUP, TOPIC, OurTransactions, hand_over_transaction_state
from tidemark import Tidemark, segments

_SMALL = {"internal.segment.bytes": "6000", "index.interval.bytes": "1000"}
# What workloads.write_groups and write_transactions commit for, and one that is deleted.
_GROUPS = (
    *("simple", "gruppe ä/日本", "gone", "classic-group", "consumer-group"),
    "a-group",
)
# Where a log begins from which records were deleted: in the middle of a segment.
_CUT = 100
_CONSOLE = "org.apache.kafka.tools.consumer.ConsoleConsumer"


def consume_with_kafka(broker, topic, count, *args):
    """What the console consumer prints of a topic with one partition."""
    options = ["--topic", topic, "--from-beginning", "--max-messages", str(count)]
    for setting in records.CONSOLE_FORMAT:
        options += ["--formatter-property", setting]
    return records.from_console(
        broker.tool(_CONSOLE, *options, "--timeout-ms", "20000", *args)
    )


def consume_all_with_kafka(broker, topic, *args):
    """The same without a known count: until nothing has come for some seconds."""
    options = ["--topic", topic, "--from-beginning", "--timeout-ms", "4000"]
    for setting in records.CONSOLE_FORMAT:
        options += ["--formatter-property", setting]
    return records.from_console(broker.tool(_CONSOLE, *options, *args))


def produce_with_kafka(broker, topic, codec, all_records, batch_size):
    steps = []
    for batch in records.batches(all_records, batch_size):
        for record in batch:
            row = {"topic": topic, "partition": 0, **records.as_json(record)}
            steps.append({"send": row})
        steps.append("flush")
    config = {"compression.type": codec}
    broker.ask(produce={"name": topic, "config": config, "steps": steps + ["close"]})


class Story:
    """One run: what each side writes, and what the other makes of it."""

    def __init__(self, libraries, tidemark, append_records, folder):
        self.checks = Checks()
        self._folder = folder
        self._tidemark = Tidemark(tidemark, append_records)
        self._toolbox = Toolbox(libraries, folder)
        self._broker = Broker(libraries, self._toolbox, os.path.join(folder, "broker"))
        self._ours = os.path.join(folder, "ours")
        self._our_transactions = OurTransactions(
            self.checks, self._tidemark, self._toolbox, self._ours
        )
        # A retention by time takes none of these.
        self._now = int(time.time()) * 1000 - 3600 * 1000
        self._records = {
            codec: records.sample(150, self._now, seed=i)
            for i, codec in enumerate(records.CODECS)
        }
        self._committed = {}
        # What the console consumer printed of the transactions, by isolation level.
        self._seen = {"read_committed": [], "read_uncommitted": []}

    def run(self):
        try:
            self._write_ours()
            self._dump_ours()
            self._let_the_broker_write()
            self._read_a_killed_brokers()
            self._recover_like_the_broker()
            self._read_a_stopped_brokers()
            self._hand_over_ours()
            self._serve_ours()
            self._serve_our_groups()
        finally:
            self._broker.kill()
            self._toolbox.close()

    def _copy(self, name):
        path = os.path.join(self._folder, name)
        shutil.copytree(self._broker.data, path)
        return path

    # ---- Ours, in Kafka's dump tool.

    def _write_ours(self):
        with self.checks.check("Tidemark writes every codec, headers, nulls, several segments"):
            for codec, wanted in self._records.items():
                topic = "ours-" + codec
                self._tidemark.create(
                    self._ours, topic, segment_bytes=5000, index_interval_bytes=1000
                )
                rows = [(topic, 0, codec, batch) for batch in records.batches(wanted, 7)]
                self._tidemark.append(self._ours, rows)
                require(len(segments(self._ours, topic)) > 1, "only one segment of " + topic)
        with self.checks.check("Tidemark deletes records from the start of a log"):
            self._tidemark.create(self._ours, "ours-cut", segment_bytes=5000)
            rows = [("ours-cut", 0, "none", b) for b in records.batches(self._records["none"], 7)]
            self._tidemark.append(self._ours, rows)
            self._tidemark.delete_records(self._ours, "ours-cut", _CUT)
            first = os.path.basename(segments(self._ours, "ours-cut")[0])
            require(0 < int(first[:20]) < _CUT, "the first segment is " + first)
        self._our_transactions.write(self._now)
        with self.checks.check("Tidemark commits for groups"):
            for topic, offset, metadata in (("ours-none", 42, "noted ä"), ("ours-lz4", 0, "")):
                self._tidemark.commit(self._ours, "our-group", topic, 0, offset, metadata)

    def _dump_ours(self):
        for codec, wanted in self._records.items():
            with self.checks.check("DumpLogSegments finds our files sound, " + codec):
                offsets, times = dumps.require_sound(
                    self._toolbox, self._ours, "ours-" + codec, wanted
                )
                require(offsets and times, "there is no index entry to check")
        self._our_transactions.dump()

    # ---- A broker's, read by us.

    def _let_the_broker_write(self):
        with self.checks.check("a broker starts, takes records and serves them"):
            self._broker.format()
            self._broker.start()
            names = ["kafka-" + codec for codec in records.CODECS] + list(damage.KINDS)
            topics = {name: {"partitions": 1, "config": _SMALL} for name in names}
            for codec in records.CODECS:
                topics["ours-" + codec] = {"partitions": 1, "config": {}}
            topics["ours-cut"] = {"partitions": 1, "config": {}}
            topics[TOPIC] = {"partitions": 1, "config": {}}
            topics[COMPACTED] = {"partitions": 1, "config": {"cleanup.policy": "compact"}}
            topics["consumed"] = {"partitions": 2, "config": {}}
            topics["transactions"] = {"partitions": 1, "config": _SMALL}
            self._broker.ask(create=topics)
            for codec, wanted in self._records.items():
                produce_with_kafka(self._broker, "kafka-" + codec, codec, wanted, 7)
                self._require_kafka_serves("kafka-" + codec, wanted)
            for topic in damage.KINDS:
                produce_with_kafka(self._broker, topic, "lz4", self._records["lz4"], 7)
        with self.checks.check("a broker takes transactions, committed, aborted and left open"):
            workloads.write_transactions(self._broker, "transactions", self._now, "a-group")
            for isolation in self._seen:
                self._seen[isolation] = consume_all_with_kafka(
                    self._broker, "transactions", "--isolation-level", isolation
                )
            counts = [len(found) for found in self._seen.values()]
            require(0 < counts[0] < counts[1], "records by isolation: %s" % counts)
        with self.checks.check("groups of every kind commit to the broker"):
            script = workloads.Script(self._broker, "consumed", self._now)
            script.do("reader's", 6, "close", transactional=False)
            workloads.write_groups(self._broker, "consumed")
            self._committed = self._broker.committed(_GROUPS)
            require(len(self._committed) == 8, "committed: %s" % self._committed)
        self._broker.kill()

    def _require_kafka_serves(self, topic, wanted):
        same(wanted, consume_with_kafka(self._broker, topic, len(wanted)), topic)

    def _read_a_killed_brokers(self):
        self._read_brokers(self._copy("killed"), "killed")

    def _read_a_stopped_brokers(self):
        self._read_brokers(self._copy("stopped"), "stopped")

    def _read_brokers(self, data, how):
        for codec, wanted in self._records.items():
            topic = "kafka-" + codec
            with self.checks.check("we read what a %s broker wrote, %s" % (how, codec)):
                _, found = self._tidemark.dump(*segments(data, topic))
                same(wanted, found, "dump")
                plain = records.without_null(wanted)
                same(plain, self._tidemark.consume(data, topic), "consume, as an onlooker")
                self._tidemark.open(data, topic)
                same(plain, self._tidemark.consume(data, topic), "consume, opened for writing")

        with self.checks.check("we know transactions of a %s broker as its consumer does" % how):
            for isolation, wanted in self._seen.items():
                found = self._tidemark.consume(data, "transactions", "--isolation", isolation)
                same(records.without_null(wanted), found, isolation)

        with self.checks.check("we know what groups committed to a %s broker" % how):
            same(sorted(self._committed.items()), sorted(self._tidemark.committed(data).items()))

    # ---- Recovery.

    def _recover_like_the_broker(self):
        data = self._broker.data
        for topic, do_damage in damage.KINDS.items():
            do_damage(segments(data, topic)[-1], self._toolbox)
        ours = self._copy("damaged")
        with self.checks.check("a killed and damaged broker recovers"):
            self._broker.start()
        with self.checks.check("our recovery of a killed broker ends where Kafka's does"):
            before = self._tidemark.end_offsets(ours)
            self._tidemark.open(ours, "kafka-none")
            found = self._tidemark.end_offsets(ours)
            wanted = self._broker.end_offsets()
            for partition in [key for key in found if key[0] == "__cluster_metadata"]:
                # The broker goes on writing to it.
                require(found.pop(partition) == before[partition], "the metadata log changed")
            same(sorted(wanted.items()), sorted(found.items()))
        for topic in damage.KINDS:
            with self.checks.check("both recover the same records, " + topic):
                found = self._tidemark.consume(ours, topic)
                require(topic == "index-damaged" or len(found) < 150, "nothing was cut off")
                kafkas = consume_with_kafka(self._broker, topic, len(found))
                same(records.without_null(kafkas), found)
        with self.checks.check("the recovered broker stops"):
            self._broker.stop()
        self._compare_producer_states(ours)

    def _compare_producer_states(self, ours):
        """What both keep of producers and transactions beside the log, once it is recovered."""
        for suffix, what in ((".txnindex", "aborted transactions"), (".snapshot", "producers")):
            with self.checks.check("both recover the same %s (%s)" % (what, suffix)):
                found = []
                for data in (self._broker.data, ours):
                    paths = segments(data, "transactions", 0, suffix)
                    # A snapshot has all that is before it; the last one is of the log's end.
                    paths = paths[-1:] if suffix == ".snapshot" else paths
                    require(paths, "there is none in " + data)
                    printed = self._toolbox.dump("--files", ",".join(paths))
                    rows = dumps.number_rows(printed)
                    require(rows, "nothing stands in %s: %s" % (paths, printed))
                    names = [os.path.basename(path) for path in paths]
                    found.append(names + sorted(sorted(row.items()) for row in rows))
                same(*found)

    # ---- Ours, served by a broker.

    def _hand_over_ours(self):
        data = self._broker.data
        for codec in records.CODECS:
            hand_over(self._ours, data, "ours-" + codec, 1)
        hand_over(self._ours, data, "ours-cut", 1)
        self._our_transactions.hand_over(data)
        with self.checks.check("we append to a stopped broker's directory, in place"):
            for codec, wanted in self._records.items():
                rows = [("kafka-" + codec, 0, codec, wanted)]
                self._tidemark.append(data, rows)

        with self.checks.check("we commit for groups in a stopped broker's directory"):
            commits = [("simple", 0, 4, "ours ä"), ("new-group", 1, 0, ""), ("gone", 0, 1, "back")]
            for group, partition, offset, metadata in commits:
                self._tidemark.commit(data, group, "consumed", partition, offset, metadata)
                self._committed[group, "consumed", partition] = (offset, metadata)

    def _serve_ours(self):
        with self.checks.check("a broker starts on what we wrote"):
            self._broker.start()
        with self.checks.check("a broker knows what groups committed to it and to us"):
            found = self._broker.committed((*_GROUPS, "new-group"))
            same(sorted(self._committed.items()), sorted(found.items()))
        for codec, wanted in self._records.items():
            with self.checks.check("a broker serves our directory, " + codec):
                self._require_kafka_serves("ours-" + codec, wanted)
            with self.checks.check("a broker serves its records and ours behind them, " + codec):
                shifted = [r._replace(offset=r.offset + len(wanted)) for r in wanted]
                self._require_kafka_serves("kafka-" + codec, wanted + shifted)
        with self.checks.check("a broker serves our log from where it starts"):
            self._require_kafka_serves("ours-cut", self._records["none"][_CUT:])
        for topic in (TOPIC, COMPACTED):
            for isolation in self._seen:
                with self.checks.check("a broker serves %s, %s" % (topic, isolation)):
                    found = consume_all_with_kafka(
                        self._broker, topic, "--isolation-level", isolation
                    )
                    wanted = self._our_transactions.seen(topic, isolation)
                    require(wanted, "there is no record")
                    same(wanted, records.without_null(found))
        with self.checks.check("a broker appends behind our records"):
            produce_with_kafka(self._broker, "ours-none", "none", self._records["none"], 7)
            ends = self._broker.end_offsets()
            require(ends["ours-none", 0] == 300, "the log ends at %d" % ends["ours-none", 0])
        self._stop_and_look_for_strays()

    def _serve_our_groups(self):
        """The offsets and transaction topics that we made, in place of the broker's."""
        hand_over(self._ours, self._broker.data, "__consumer_offsets", 3)
        hand_over_transaction_state(self._ours, self._broker.data)
        with self.checks.check("a broker knows what groups committed to our directory"):
            self._broker.start()
            wanted = self._tidemark.committed(self._ours)
            require(len(wanted) == 3, "committed: %s" % wanted)
            require(wanted[GROUP, TOPIC, 0] == (7, ""), "in transactions: %s" % wanted)
            found = self._broker.committed(["our-group", GROUP, "simple"])
            same(sorted(wanted.items()), sorted(found.items()))
            self._broker.ask(commit={"group": "our-group", "offsets": [["ours-none", 0, 50, "b"]]})
            found = self._broker.committed(["our-group"])
            require(found["our-group", "ours-none", 0] == (50, "b"), "committed: %s" % found)
        self._our_transactions.go_on_as_a_broker(self._broker, consume_all_with_kafka)
        self._stop_and_look_for_strays()

    def _stop_and_look_for_strays(self):
        with self.checks.check("the broker keeps every partition and stops"):
            self._broker.stop()
            stray = [name for name in os.listdir(self._broker.data) if "-stray" in name]
            require(not stray, "set aside: %s" % stray)


def main():
    libraries, tidemark, append_records, folder, result = map(os.path.abspath, sys.argv[1:])
    # Being told to end must end the broker, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    story = Story(libraries, tidemark, append_records, folder)
    with story.checks.check("the run comes to its end"):
        story.run()
    with open(result, "w", encoding="ascii") as file:
        file.write("%d %d\n" % (story.checks.passed, story.checks.failed))
    return 1 if story.checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
