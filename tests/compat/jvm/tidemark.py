"""The command `tidemark`, and the program that appends what it has no words for."""

import json
import os
import subprocess

import records


class TidemarkError(Exception):
    """The command failed; the text is what it said."""


class Tidemark:
    def __init__(self, binary, append_records):
        self._binary, self._append_records = binary, append_records

    def run(self, *args, stdin=b""):
        """Standard output as text; raises unless the command ends with code 0."""
        return self._run([self._binary, *args], stdin)

    @staticmethod
    def _run(command, stdin):
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)
        if done.returncode != 0:
            raise TidemarkError(
                "code %d of %s: %s"
                % (done.returncode, " ".join(command[1:]), done.stderr.decode()[-2000:])
            )
        return done.stdout.decode()

    def create(self, data, topic, partitions=1, **config):
        """Settings have Kafka's names with underscores for dots."""
        args = ["--data-dir", data, "--topic", topic, "--partitions", str(partitions)]
        for name, value in config.items():
            args += ["--config", "%s=%s" % (name.replace("_", "."), value)]
        self.run("topic", "create", *args)

    def append(self, data, rows):
        """Appends batches: (topic, partition, codec, records) each."""
        self.do(data, [batch_step(*row) for row in rows])

    def do(self, data, steps):
        """Steps as append_records takes them."""
        self._run([self._append_records, data], "\n".join(map(json.dumps, steps)).encode())

    def open(self, data, topic):
        """Opens a directory for writing, which recovers it, and closes it. Appends nothing."""
        self.run("produce", "--data-dir", data, "--topic", topic)

    def consume(self, data, topic, *args):
        options = ("--format", records.CONSUME_FORMAT, *args)
        return records.from_consume(
            self.run("consume", "--data-dir", data, "--topic", topic, *options)
        )

    def dump(self, *paths):
        return records.from_dump(self.run("dump", *paths, "--records", "--output", "json"))

    def commit(self, data, group, topic, partition, offset, metadata):
        place = ("--topic", topic, "--partition", str(partition), "--offset", str(offset))
        options = ("--data-dir", data, "--group", group, *place, "--metadata", metadata)
        self.run("offsets", "set", *options)

    def delete_records(self, data, topic, before):
        place = ("--topic", topic, "--partition", "0", "--before", str(before))
        self.run("records", "delete", "--data-dir", data, *place)

    def committed(self, data):
        """{(group, topic, partition): (offset, metadata)} of all groups."""
        printed = self.run("offsets", "list", "--data-dir", data, "--output", "json")
        rows = [json.loads(line) for line in printed.splitlines()]
        return {
            (row["group"], row["topic"], row["partition"]): (row["offset"], row["metadata"])
            for row in rows
        }

    def end_offsets(self, data):
        """{(topic, partition): end offset} of every topic."""
        ends = {}
        for line in self.run(
            "topic", "describe", "--data-dir", data, "--output", "json"
        ).splitlines():
            topic = json.loads(line)
            for partition in topic["partitions"]:
                ends[topic["topic"], partition["partition"]] = partition["end_offset"]
        return ends


def batch_step(topic, partition, codec, batch, **more):
    rows = [records.as_json(record) for record in batch]
    return {"topic": topic, "partition": partition, "codec": codec, "records": rows, **more}


def segments(data, topic, partition=0, suffix=".log"):
    """The paths of a partition's files of one kind, in the order of their offsets."""
    folder = os.path.join(data, "%s-%d" % (topic, partition))
    names = sorted(name for name in os.listdir(folder) if name.endswith(suffix))
    return [os.path.join(folder, name) for name in names]
