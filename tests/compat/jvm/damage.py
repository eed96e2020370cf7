"""What a crash, or worse, leaves of the last segment of a log: done to a file, by hand."""

import os

from dumps import batch_positions


def _change(path, position, change):
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([change(byte)]))


def _last_batches(path, toolbox):
    positions = batch_positions(toolbox.dump("--files", path))
    return [position for _, position in positions]


def _cut(path, _toolbox):
    os.truncate(path, os.path.getsize(path) - 5)


def _cut_header(path, toolbox):
    os.truncate(path, _last_batches(path, toolbox)[-1] + 10)


def _append_zeros(path, toolbox):
    _cut(path, toolbox)
    os.truncate(path, os.path.getsize(path) + 4096)


def _append_garbage(path, _toolbox):
    with open(path, "r+b") as file:
        start = file.read(200)
        os.truncate(path, os.path.getsize(path) - 5)
        file.seek(0, os.SEEK_END)
        file.write(start[::-1])


def _flip_last(path, _toolbox):
    _change(path, os.path.getsize(path) - 3, lambda byte: byte ^ 0x10)


def _damage_index(path, _toolbox):
    for suffix in (".index", ".timeindex"):
        with open(path[: -len(".log")] + suffix, "wb") as file:
            file.write(b"\x7f" * 24)


# By the name of the topic that it is done to.
KINDS = {
    "cut-in-records": _cut,
    "cut-in-header": _cut_header,
    "zeros-behind": _append_zeros,
    "garbage-behind": _append_garbage,
    "bit-flipped": _flip_last,
    "index-damaged": _damage_index,
}
