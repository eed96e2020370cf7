"""How a partition that Tidemark wrote comes into the data directory of a broker that is stopped.

A broker keeps only what its metadata log knows of: the topic exists there already, with as many
partitions, and each `partition.metadata` has the id that the broker gave to it.
"""

import os
import shutil

_CHECKPOINTS = (
    "recovery-point-offset-checkpoint",
    "log-start-offset-checkpoint",
    "replication-offset-checkpoint",
)


def _read_checkpoint(path):
    """{"TOPIC PARTITION": offset}; nothing if there is no such file."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()[2:]
    return {key: int(offset) for key, offset in (line.rsplit(" ", 1) for line in lines)}


def _write_checkpoint(path, offsets):
    with open(path, "w", encoding="ascii") as file:
        file.write("0\n%d\n" % len(offsets))
        for key, offset in offsets.items():
            file.write("%s %d\n" % (key, offset))


def hand_over(ours, brokers, topic, partitions):
    """Puts a topic of the directory `ours` in place of the one that the broker made."""
    for partition in range(partitions):
        name = "%s-%d" % (topic, partition)
        target = os.path.join(brokers, name)
        with open(os.path.join(target, "partition.metadata"), encoding="ascii") as file:
            identity = file.read()
        shutil.rmtree(target)
        shutil.copytree(os.path.join(ours, name), target)
        with open(os.path.join(target, "partition.metadata"), "w", encoding="ascii") as file:
            file.write(identity)
    for checkpoint in _CHECKPOINTS:
        known = _read_checkpoint(os.path.join(brokers, checkpoint))
        mine = _read_checkpoint(os.path.join(ours, checkpoint))
        for partition in range(partitions):
            key = "%s %d" % (topic, partition)
            known.pop(key, None)
            if key in mine:
                known[key] = mine[key]
        _write_checkpoint(os.path.join(brokers, checkpoint), known)
