"""Has a broker write small directories, and copies them with what its own tools say of them.

Usage: make_goldens.py KAFKA_LIBRARIES WORK_FOLDER GOLDEN_FOLDER
The goldens of tests/compat/golden/broker were made by this; it is run by hand.
"""

import hashlib
import json
import os
import re
import shutil
import sys
import time

import dumps
import workloads
from kafka import Broker, Toolbox
from tidemark import segments

_SMALL = {
    "internal.segment.bytes": "1600",
    "segment.index.bytes": "240",
    "index.interval.bytes": "400",
}
_TIME = 1790000000000
_NEVER = str(10**12)


def _one_line_each(content):
    """JSON with a line for each item, and one for each batch of a file."""
    if isinstance(content, list):
        return "[\n%s\n]" % ",\n".join(json.dumps(each) for each in content)
    lines = []
    for key, value in content.items():
        text = json.dumps(value, ensure_ascii=False)
        text = re.sub(r"(?<=[\]}], )(?=[\[{])", "\n  ", text)
        lines.append("%s: %s" % (json.dumps(key), text))
    return "{\n%s\n}" % ",\n".join(lines)


class Maker:
    def __init__(self, libraries, work, golden):
        self._toolbox = Toolbox(libraries, work)
        settings = {
            "log.cleaner.backoff.ms": 200,
            "log.segment.delete.delay.ms": 0,
            "log.cleaner.min.compaction.lag.ms": 0,
            "offsets.topic.segment.bytes": 1048576,
            "log.index.size.max.bytes": 1200,
        }
        self._broker = Broker(libraries, self._toolbox, os.path.join(work, "broker"), settings)
        self._golden = golden
        self._manifest, self._expected = [], {}

    def make(self):
        try:
            self._write_all()
            self._compact()
            self._interrupt()
        finally:
            self._broker.kill()
            self._toolbox.close()
        self._save("MANIFEST.json", self._manifest)
        self._save("EXPECTED.json", self._expected)

    def _save(self, name, content):
        with open(os.path.join(self._golden, name), "w", encoding="utf-8") as file:
            file.write(_one_line_each(content) + "\n")

    def _copy(self, state, partition, note):
        """Copies the directory of a partition to STATE/PARTITION, and describes its files."""
        source = os.path.join(self._broker.data, partition)
        target = os.path.join(self._golden, state, partition)
        shutil.copytree(source, target)
        self._describe(state, partition, note)

    def _describe(self, state, partition, note):
        folder = os.path.join(self._golden, state, partition)
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            key = "%s/%s/%s" % (state, partition, name)
            self._manifest.append(
                {
                    "file": key,
                    "source": "Apache Kafka 4.3.1, run by tests/compat/jvm/make_goldens.py",
                    "size": len(content),
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "note": note,
                }
            )
            if name.endswith((".log", ".snapshot", ".txnindex")):
                self._expected[key] = self._describe_file(path, partition)

    def _describe_file(self, path, partition):
        printed = self._toolbox.dump("--files", path)
        if path.endswith(".log"):
            expected = {"batches": dumps.batch_rows(printed)}
            decoder = "--offsets-decoder" if partition.startswith("__consumer") else None
            if decoder:
                records = self._toolbox.dump("--files", path, "--print-data-log", decoder)
                expected["decoded"] = dumps.decoded_rows(records)
            return expected
        if path.endswith(".txnindex"):
            return {"aborted": dumps.number_rows(printed)}
        return {"producers": dumps.number_rows(printed)}

    def _write_all(self):
        broker = self._broker
        broker.format()
        broker.start()
        compact = {"cleanup.policy": "compact", "min.compaction.lag.ms": _NEVER}
        # Tombstones go in a cleaning that begins so long after the first one.
        compact |= {"min.cleanable.dirty.ratio": "0.01", "delete.retention.ms": "2000"}
        broker.ask(
            create={
                "transactions": {"partitions": 1, "config": _SMALL},
                "producers": {"partitions": 1, "config": _SMALL},
                "compacted": {"partitions": 1, "config": _SMALL | compact},
                "consumed": {"partitions": 2, "config": {}},
            }
        )
        workloads.write_producers(broker, "producers", _TIME)
        workloads.write_compacted(broker, "compacted", _TIME)
        workloads.Script(broker, "consumed", _TIME).do("plain", 6, "close", transactional=False)
        workloads.write_groups(broker, "consumed")
        workloads.write_transactions(broker, "transactions", _TIME, "transactional-group")
        broker.kill()
        self._copy(
            "killed", "transactions-0", "as SIGKILL left it; the last transaction is open"
        )
        broker.start()
        self._note_what_readers_see("stopped/transactions-0")
        self._note_what_readers_see("stopped/producers-0")
        broker.stop()
        self._copy("stopped", "transactions-0", "the last transaction is open")
        self._copy("stopped", "producers-0", "two idempotent producers")
        self._copy("stopped", "compacted-0", "before any cleaning")
        for partition in range(3):
            name = "__consumer_offsets-%d" % partition
            self._copy("stopped", name, "groups of every kind")

    def _cleaned_to(self):
        path = os.path.join(self._broker.data, "cleaner-offset-checkpoint")
        with open(path, encoding="ascii") as file:
            match = re.search(r"^compacted 0 (\d+)$", file.read(), re.MULTILINE)
        return int(match[1]) if match else 0

    def _wait_for_cleaner(self):
        last = int(os.path.basename(segments(self._broker.data, "compacted")[-1])[:20])
        workloads.wait_until(lambda: self._cleaned_to() >= last, "the cleaner was there")

    def _compact(self):
        broker = self._broker
        broker.start()
        self._note_what_readers_see("stopped/compacted-0")
        broker.ask(alter={"compacted": {"min.compaction.lag.ms": "0"}})
        self._wait_for_cleaner()
        self._note_what_readers_see("cleaned/compacted-0")
        broker.stop()
        self._copy("cleaned", "compacted-0", "cleaned once: tombstones have a delete horizon")
        time.sleep(2)
        broker.start()
        workloads.write_more_keys(broker, "compacted", _TIME + 10000, 20)
        self._wait_for_cleaner()
        self._note_what_readers_see("cleaned-again/compacted-0")
        broker.stop()
        self._copy("cleaned-again", "compacted-0", "cleaned again: tombstones are gone")
        broker.start()
        broker.ask(alter={"compacted": {"min.compaction.lag.ms": _NEVER}})
        broker.stop()

    def _note_what_readers_see(self, key):
        """The offsets that Kafka's consumer prints, with and without aborted transactions."""
        topic = os.path.basename(key).rpartition("-")[0]
        seen = self._expected.setdefault(key, {})
        for isolation in ("read_committed", "read_uncommitted"):
            printed = self._broker.tool(
                "org.apache.kafka.tools.consumer.ConsoleConsumer",
                *("--topic", topic, "--from-beginning", "--timeout-ms", "4000"),
                *("--isolation-level", isolation),
                *("--formatter-property", "print.offset=true"),
                *("--formatter-property", "print.value=false")
            )
            seen[isolation] = [int(n) for n in re.findall(r"^Offset:(\d+)$", printed, re.MULTILINE)]

    def _interrupt(self):
        """Two crashes in the swap, put together from the files before and after."""
        before = os.path.join(self._golden, "stopped", "compacted-0")
        after = os.path.join(self._golden, "cleaned", "compacted-0")
        for suffix in (".cleaned", ".swap"):
            state = "interrupted" + suffix.replace(".", "-")
            folder = os.path.join(self._golden, state, "compacted-0")
            shutil.copytree(before, folder)
            for name in sorted(os.listdir(after)):
                if not name.endswith((".log", ".index", ".timeindex", ".txnindex")):
                    continue
                path = os.path.join(before, name)
                with open(os.path.join(after, name), "rb") as file:
                    content = file.read()
                if os.path.exists(path):
                    with open(path, "rb") as file:
                        if file.read() == content:
                            continue
                shutil.copyfile(os.path.join(after, name), os.path.join(folder, name + suffix))
            self._describe(
                state, "compacted-0", "files of before, and those of after as '%s'" % suffix
            )
            self._let_the_broker_load(state)

    def _let_the_broker_load(self, state):
        """Records which segments a broker has after it loaded this directory."""
        target = os.path.join(self._broker.data, "compacted-0")
        shutil.rmtree(target)
        shutil.copytree(os.path.join(self._golden, state, "compacted-0"), target)
        os.remove(os.path.join(self._broker.data, ".kafka_cleanshutdown"))
        path = os.path.join(self._broker.data, "recovery-point-offset-checkpoint")
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(re.sub(r"^compacted 0 \d+$", "compacted 0 0", text, flags=re.MULTILINE))
        self._broker.start()
        printed = self._toolbox.dump("--files", ",".join(segments(self._broker.data, "compacted")))
        names = [os.path.basename(p) for p in segments(self._broker.data, "compacted")]
        self._expected[state + "/compacted-0"] = {
            "segments_once_loaded": names,
            "batches_once_loaded": len(dumps.batch_rows(printed)),
        }
        self._broker.stop()


if __name__ == "__main__":
    Maker(*sys.argv[1:]).make()
