"""What Kafka's DumpLogSegments says of files. It ends with code 0 whatever it finds."""

import os
import re

from checks import require, same
from tidemark import segments

# Everything that it prints of sound files; whatever else it prints is a complaint.
_SOUND = re.compile(
    r"Dumping \S+"
    r"|Log starting offset: \d+"
    r"|baseOffset: .* isvalid: true"
    r"|\S+ passed sanity check\.|\S+ is empty\."
    r"|offset: \d+ position: \d+"
    r"|timestamp: \d+ offset: \d+"
    # It calls the first offset of a log a gap unless that is 0; offsets are compared one by one.
    r"|Non-consecutive offsets in \S+|  -?\d+ is followed by \d+"
    r"|"
)
_RECORD = re.compile(r"\| offset: (\d+) CreateTime: (\d+) keySize: (-?\d+) valueSize: (-?\d+) ")


def require_sound(toolbox, data, topic, wanted, partition=0):
    """Raises unless the tool finds the records `wanted` and nothing to complain of."""
    wanted = [(r.offset, r.timestamp, _size(r.key), _size(r.value)) for r in wanted]
    return require_rows_sound(toolbox, data, topic, wanted, partition)


def require_rows_sound(toolbox, data, topic, wanted, partition=0):
    """The same, where `wanted` is offset, timestamp, and sizes of key and value, of all records,
    markers among them."""
    logs, indexes = segments(data, topic, partition), []
    for suffix in (".index", ".timeindex"):
        indexes += segments(data, topic, partition, suffix)
    require(len(indexes) == 2 * len(logs), "%d logs, %d indexes" % (len(logs), len(indexes)))
    printed = toolbox.dump("--files", ",".join(logs), "--deep-iteration", "--print-data-log")
    _require_no_complaint(printed)
    same(
        wanted,
        [tuple(map(int, match.groups())) for match in _RECORD.finditer(printed)],
    )
    for how in ("--index-sanity-check", "--verify-index-only"):
        _require_no_complaint(toolbox.dump("--files", ",".join(indexes), how))
    entries = toolbox.dump("--files", ",".join(indexes))
    _require_no_complaint(entries)
    return entries.count("\noffset: "), entries.count("\ntimestamp: ")


def _require_no_complaint(printed):
    for line in printed.splitlines():
        require(
            line.startswith("| ") or _SOUND.fullmatch(line),
            "DumpLogSegments says: %s" % line[:500],
        )


def _size(text):
    return -1 if text is None else len(text.encode())


def batch_positions(printed):
    """(path, position) of each batch that the tool printed."""
    path, found = "", []
    for line in printed.splitlines():
        if line.startswith("Dumping "):
            path = os.path.normpath(line.partition(" ")[2])
        match = re.match(r"baseOffset: .* position: (\d+) ", line)
        if match:
            found.append((path, int(match[1])))
    return found


_ROW_FIELDS = (
    *("position", "size", "baseOffset", "lastOffset", "count", "baseSequence", "lastSequence"),
    *("producerId", "producerEpoch", "partitionLeaderEpoch", "CreateTime", "isTransactional"),
    *("isControl", "deleteHorizonMs", "compresscodec", "crc"),
)


def _typed(text):
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if text in ("true", "false"):
        return text == "true"
    horizon = re.fullmatch(r"OptionalLong\[(\d+)\]", text)
    if horizon:
        return int(horizon[1])
    return None if text == "OptionalLong.empty" else text


def batch_rows(printed):
    """One object for each batch that the tool printed."""
    rows = []
    for line in printed.splitlines():
        if line.startswith("baseOffset: "):
            words = line.split()
            fields = {name[:-1]: _typed(value) for name, value in zip(words[::2], words[1::2])}
            rows.append({name: fields[name] for name in _ROW_FIELDS})
    return rows


def number_rows(printed):
    """One object for each line of `name: number` pairs, without those that have no number."""
    rows = []
    for line in printed.splitlines():
        pairs = re.findall(r"(\w+): (?:OptionalLong\[)?(-?\d+)", line)
        if pairs and not line.startswith("Dumping"):
            rows.append({name: int(value) for name, value in pairs})
    return rows


def decoded_rows(printed):
    """Offset, key and value of each record that a decoder of the tool printed."""
    rows = []
    for line in printed.splitlines():
        match = re.match(r"\| offset: (\d+) .*? headerKeys: \[.*?\] (.*)$", line)
        if match:
            rows.append([int(match[1]), match[2]])
    return rows
