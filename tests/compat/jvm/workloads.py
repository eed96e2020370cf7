"""What Kafka's clients are made to write: transactions, compacted topics, groups."""

import time

import records
from records import Record


def _send(topic, timestamp, key, value, headers=()):
    record = Record(0, timestamp, key, value, tuple(headers))
    return {"send": {"topic": topic, "partition": 0, **records.as_json(record)}}


class Script:
    """Sends through named producers; every `send` of one call is one batch."""

    def __init__(self, broker, topic, first_timestamp):
        self._broker, self._topic, self._time = broker, topic, first_timestamp
        self._count = 0

    def do(self, producer, *steps, transactional=True):
        """Steps are those of Toolbox.java, or a number: so many records, as one batch."""
        config = {"transactional.id": producer} if transactional else {}
        expanded = []
        for step in steps:
            if isinstance(step, int):
                expanded += [self._record(producer) for _ in range(step)] + ["flush"]
            else:
                expanded.append(step)
        self._broker.ask(produce={"name": producer, "config": config, "steps": expanded})

    def _record(self, producer):
        self._count += 1
        value = "record %d of %s" % (self._count, producer)
        key = "key %d" % (self._count % 5)
        return _send(self._topic, self._time + self._count, key, value)


def write_transactions(broker, topic, first_timestamp, group):
    """Committed, aborted, interleaved and single-batch transactions, some records without; at the
    end one is open, with records behind it. Returns the records that a committed reader sees."""
    script = Script(broker, topic, first_timestamp)
    offsets = {"group": group, "offsets": [[topic, 0, 3, "in a transaction"]]}
    aborted = {"group": group, "offsets": [[topic, 0, 4, "in an aborted one"]]}
    script.do("plain", 3, transactional=False)
    script.do("one", "init", "begin", 3)
    script.do("two", "init", "begin", 2)
    script.do("one", 2, {"offsets": offsets}, "commit")
    script.do("two", 1)
    script.do("plain", 2, transactional=False)
    script.do("two", "abort")
    for _ in range(4):
        script.do("one", "begin", 2, {"offsets": aborted}, "abort")
        script.do("two", "begin", 4)
        script.do("one", "begin", 3, 1, "commit")
        script.do("plain", 5, transactional=False)
        script.do("two", 1, "commit")
        script.do("one", "begin", 2)
        script.do("two", "begin", 1, "abort")
        script.do("one", 2, "abort")
    script.do("plain", 2, transactional=False)
    script.do("one", "begin", 2)
    script.do("plain", 3, "close", transactional=False)


def write_producers(broker, topic, first_timestamp):
    """Two producers with sequences, by turns."""
    script = Script(broker, topic, first_timestamp)
    for _ in range(12):
        script.do("left", 3, 2, transactional=False)
        script.do("right", 4, transactional=False)
    for producer in ("left", "right"):
        script.do(producer, "close", transactional=False)


def write_compacted(broker, topic, first_timestamp, rounds=12):
    """Keys written again and again, some deleted, some for the last time early on; one transaction
    committed and one aborted. Nothing is in the active segment alone."""
    steps = []
    for turn in range(rounds):
        for key in range(10):
            gone = (key == 3 and turn == 4) or (key == 7 and turn == rounds - 1)
            if key % 4 == 2 and turn > 5:
                continue
            value = None if gone else "round %d of key %d, %s" % (turn, key, "x" * 20)
            steps.append(_send(topic, first_timestamp + turn * 100 + key, "key %d" % key, value))
        steps.append("flush")
    broker.ask(produce={"name": "keys", "config": {}, "steps": steps + ["close"]})
    script = Script(broker, topic, first_timestamp + rounds * 100)
    script.do("committing", "init", "begin", 3, "commit", "close")
    script.do("aborting", "init", "begin", 3, "abort", "close")
    write_more_keys(broker, topic, first_timestamp + 5000, 25)


def write_more_keys(broker, topic, first_timestamp, rounds):
    """A few keys, again and again, compressed."""
    steps = []
    for turn in range(rounds):
        for key in (1, 5, 20 + turn % 3):
            row = _send(topic, first_timestamp + turn, "key %d" % key, "late %d" % turn)
            steps.append(row)
        steps.append("flush")
    config = {"compression.type": "zstd"}
    broker.ask(produce={"name": "packed", "config": config, "steps": steps + ["close"]})


def write_groups(broker, topic):
    """Groups of every kind, one deleted, with metadata; names that are not plain words."""
    commits = [
        ("simple", [[topic, 0, 5, "note"], [topic, 1, 7, ""]]),
        ("gruppe ä/日本", [[topic, 0, 1, "Notiz äöü"]]),
        ("gone", [[topic, 0, 2, ""]]),
        ("simple", [[topic, 0, 11, "newer note"]]),
    ]
    for group, offsets in commits:
        broker.ask(commit={"group": group, "offsets": offsets})
    for protocol in ("classic", "consumer"):
        broker.tool(
            "org.apache.kafka.tools.consumer.ConsoleConsumer",
            *("--topic", topic, "--group", protocol + "-group", "--from-beginning"),
            *("--max-messages", "4", "--timeout-ms", "20000"),
            *("--command-property", "group.protocol=" + protocol),
        )
    broker.tool(
        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        *("--delete", "--group", "gone"),
    )


def wait_until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("waited in vain until " + what)
        time.sleep(0.1)
