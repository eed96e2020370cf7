"""The story that tools/demo tells. Usage: demo_story.py TIDEMARK_BINARY [FOLDER]"""

import os
import shutil
import sys
import tempfile

from demo_parts import Tidemark, crash_round, find_text, read_lines, say, tail_latency, total_of

_BUFFERED_ACKNOWLEDGED = (2_000, 20_000, 60_000)
_DURABLE_ACKNOWLEDGED = (50, 500, 2_000)
_TAILED_RECORDS = 200


def append_keyed(tidemark):
    say("Keyed: each licence text is one key, so its lines stay in order in one partition")
    records = [
        (os.path.basename(path).encode(), line)
        for path in find_text("licences")
        for line in read_lines(path)
    ]
    tidemark.run("topic", "create", "--topic", "licences", "--partitions", 4)
    lines = [key + b"\t" + value for key, value in records]
    seconds = tidemark.produce(lines, "--topic", "licences", "--key-separator", "\t")
    print("  appended  " + total_of(lines, seconds))

    found, homes = {}, {}
    for partition, _, key, value in tidemark.consume("licences"):
        found.setdefault(key, []).append(value)
        homes.setdefault(key, set()).add(partition)
    wanted = {}
    for key, value in records:
        wanted.setdefault(key, []).append(value)
    tidemark.expect(found == wanted, "the texts that came back are not those that went in")
    tidemark.expect(all(len(home) == 1 for home in homes.values()), "a key is in two partitions")
    for partition in range(4):
        keys = sorted(key.decode() for key, home in homes.items() if home == {partition})
        count = sum(len(wanted[key.encode()]) for key in keys)
        print("  partition %d %8d records  %s" % (partition, count, " ".join(keys)))
    print("  read back all %d texts, byte for byte and in order" % len(wanted))


def append_unkeyed(tidemark):
    say("Unkeyed: what dpkg remembers of this machine, spread over four partitions")
    lines = [line for path in find_text("packages") for line in read_lines(path)]
    tidemark.run("topic", "create", "--topic", "packages", "--partitions", 4)
    seconds = tidemark.produce(lines, "--topic", "packages")
    print("  appended  " + total_of(lines, seconds))
    found = [value for _, _, _, value in tidemark.consume("packages")]
    tidemark.expect(sorted(found) == sorted(lines), "lines are missing, doubled or changed")
    print("  read back all of them, none twice")


def measure(tidemark, corpus):
    say("Rates: the C and C++ headers of this machine through one partition")
    for durability, lines in (("buffered", corpus), ("durable", corpus[: len(corpus) // 8])):
        topic = "rate-" + durability
        tidemark.run("topic", "create", "--topic", topic, "--partitions", 1)
        options = ("--topic", topic, "--partition", 0, "--durability", durability)
        seconds = tidemark.produce(lines, *options)
        print("  %-9s %s" % (durability, total_of(lines, seconds)))
    found, seconds = tidemark.consume_raw("rate-buffered")
    tidemark.expect(found == b"".join(line + b"\n" for line in corpus), "the bytes differ")
    print("  %-9s %s" % ("read back", total_of(corpus, seconds)))


def crash(tidemark, corpus):
    say("Crashes: SIGKILL while `tidemark produce` is writing, then reopen and compare")
    print("  durability  acknowledged     found  also recovered  lost or changed")
    for durability, rounds in (
        ("buffered", _BUFFERED_ACKNOWLEDGED),
        ("durable", _DURABLE_ACKNOWLEDGED),
    ):
        topic = "crash-" + durability
        tidemark.run("topic", "create", "--topic", topic, "--partitions", 3)
        acknowledged = {}
        for kill_after in rounds:
            acknowledged.update(crash_round(tidemark, topic, durability, corpus, kill_after))
            found = {(p, o): value for p, o, _, value in tidemark.consume(topic)}
            wrong = sum(found.get(place) != value for place, value in acknowledged.items())
            also = len(found) - (len(acknowledged) - wrong)
            row = (durability, len(acknowledged), len(acknowledged) - wrong, also, wrong)
            print("  %-10s %13d %9d %15d %16d" % row)
            tidemark.expect(wrong == 0, "%d acknowledged records are missing or changed" % wrong)
    print("  every record that was acknowledged is there, with its bytes, where it was said to be")


def tail(tidemark, corpus):
    say("Tail: `tidemark consume --follow` beside a running writer")
    tidemark.run("topic", "create", "--topic", "live", "--partitions", 1)
    delays = sorted(tail_latency(tidemark, "live", corpus[:_TAILED_RECORDS]))
    median, slowest = delays[len(delays) // 2], delays[-1]
    print(
        "  %d records, each seen as it was written; from stdin to stdout: median %.1f ms, "
        "slowest %.1f ms" % (len(delays), median * 1e3, slowest * 1e3)
    )


def verify(tidemark):
    say("Verify: every byte of every partition")
    for line in tidemark.run("verify").decode().splitlines():
        print("  " + line)


def main():
    binary = os.path.abspath(sys.argv[1])
    kept = sys.argv[2] if len(sys.argv) > 2 else None
    if kept:
        os.makedirs(kept)
    folder = kept or tempfile.mkdtemp(prefix="tidemark-demo-")
    try:
        tidemark = Tidemark(binary, os.path.join(folder, "data"))
        corpus = [line for path in find_text("headers") for line in read_lines(path)]
        append_keyed(tidemark)
        append_unkeyed(tidemark)
        measure(tidemark, corpus)
        crash(tidemark, corpus)
        tail(tidemark, corpus)
        verify(tidemark)
    finally:
        if not kept:
            shutil.rmtree(folder, ignore_errors=True)
    say("All of it held." + (" The data is in %s" % folder if kept else ""))


if __name__ == "__main__":
    main()
