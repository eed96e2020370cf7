"""Records as both sides print them, in one form."""

import base64
import collections
import json
import random

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")

# `key`, `value` and the values of headers are text or None.
Record = collections.namedtuple("Record", "offset timestamp key value headers")

_NULL = "(null)"
CONSOLE_FORMAT = (
    *("print.offset=true", "print.timestamp=true", "print.headers=true", "print.key=true"),
    "null.literal=" + _NULL,
)

# Absent and empty look alike in what this prints.
CONSUME_FORMAT = r"%T\t%o\t%h\t%k\t%v\n"


def sample(count, first_timestamp, first_offset=0, seed=1):
    """Records with and without keys, values and headers, small and large, easy and hard to pack."""
    chance = random.Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz0123456789 äöüß日本"
    records = []
    for i in range(count):
        text = "".join(chance.choice(letters) for _ in range(chance.randrange(1, 60)))
        size = 40 if i % 10 == 9 else 1
        value = "" if i % 11 == 3 else ("%d: " % i) + text * size
        headers = [("name", "value %d" % i), ("null", None), ("name", "")][: i % 4]
        records.append(
            Record(
                first_offset + i,
                # Neither all rising nor all different.
                first_timestamp + 10 * i - 25 * (i % 3),
                None if i % 5 == 1 else "key %d" % (i % 7),
                None if i % 6 == 2 else value,
                tuple(headers),
            )
        )
    return records


def batches(records, size):
    return [records[i : i + size] for i in range(0, len(records), size)]


def as_json(record):
    return {
        "timestamp": record.timestamp,
        "key": record.key,
        "value": record.value,
        "headers": record.headers,
    }


def without_null(records):
    """What is left of them where absent and empty look alike."""
    return [
        record._replace(
            key=record.key or "",
            value=record.value or "",
            headers=tuple((name, value or "") for name, value in record.headers),
        )
        for record in records
    ]


def from_console(text):
    """What Kafka's console consumer prints."""
    records = []
    for line in text.splitlines():
        timestamp, offset, headers, key, value = line.split("\t")
        pairs = [] if headers == "NO_HEADERS" else [h.split(":") for h in headers.split(",")]
        records.append(
            Record(
                int(offset.partition(":")[2]),
                int(timestamp.partition(":")[2]),
                _text(key),
                _text(value),
                tuple((name, _text(content)) for name, content in pairs),
            )
        )
    return records


def _text(printed):
    return None if printed == _NULL else printed


def from_consume(text):
    """What `tidemark consume` prints in CONSUME_FORMAT."""
    records = []
    for line in text.splitlines():
        timestamp, offset, headers, key, value = line.split("\t")
        pairs = tuple(tuple(h.split("=", 1)) for h in headers.split(",") if h)
        records.append(Record(int(offset), int(timestamp), key, value, pairs))
    return records


def from_dump(text):
    """The batches and the records of data that `tidemark dump --records --output json` prints."""
    rows = [json.loads(line) for line in text.splitlines()]
    found = [row for row in rows if "base_offset" in row]
    records = []
    for batch in found:
        for row in () if batch["control"] else batch["records"]:
            headers = tuple((h["key"], _decoded(h["value_b64"])) for h in row["headers"])
            key, value = _decoded(row["key_b64"]), _decoded(row["value_b64"])
            records.append(Record(row["offset"], row["timestamp"], key, value, headers))
    return found, records


def _decoded(encoded):
    return None if encoded is None else base64.b64decode(encoded).decode()
