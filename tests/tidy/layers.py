"""Rules `layer` and `private`: includes go downwards, sub-folders belong to their top folder."""

import os
import re

from source import Finding

RULES = ("layer", "private")

_TOPS = ("storage", "replication", "api")

# From low to high. A file may include what stands below its own layer, and its own entry; entries
# of one layer do not see each other. The longest matching entry wins.
_LAYERS = (
    (("storage/base/",),),
    # Contracts that the lower layers implement or speak in.
    (
        (
            "storage/damaged_range.h",
            "storage/env.h",
            "storage/dry_run_env.h",
            "storage/memory_env.h",
            "storage/options.h",
            "storage/periodic_task.h",
            "storage/posix_env.h",
            "storage/record.h",
            "storage/record_batch.h",
            "storage/record_batch_builder.h",
            "storage/recovery_report.h",
            "storage/types.h",
        ),
    ),
    (("storage/env/",), ("storage/format/",)),
    (("storage/",),),
    (("storage/index/",), ("storage/journal/",)),
    (("storage/segment/",),),
    (("storage/log/",),),
    (("storage/retention/",), ("storage/compaction/",), ("storage/scrub/",)),
    (("storage/engine/",),),
    (("storage/inspect/",),),
    (("replication/",),),
    (("replication/single/",), ("replication/isr/",)),
    (("api/",),),
    (("api/cli/",),),
)

# Of other top folders only the headers directly in them are public, with these exceptions: the
# vocabulary of storage/base serves everybody, and the command line shows bytes as they are.
_ALSO_VISIBLE = {
    "api": ("storage/base/", "storage/format/"),
    "replication": ("storage/base/",),
}

_INCLUDE = re.compile(r'#\s*include\s+"([^"]+)"')


def _place(path):
    """Returns (layer number, entry) of a path, or None outside of the layers."""
    best = None
    for number, layer in enumerate(_LAYERS):
        for entry in layer:
            for prefix in entry:
                if path.startswith(prefix) and (best is None or len(prefix) > best[0]):
                    best = (len(prefix), number, entry)
    return best[1:] if best else None


def check(sources, _paths):
    for source in sources:
        if not source.is_cpp:
            continue
        for number, line in enumerate(source.code_lines, 1):
            match = _INCLUDE.search(line)
            if match and match[1].split("/")[0] in _TOPS + ("tests", "bench"):
                yield from _check_include(source, number, match[1])


def _check_include(source, number, included):
    mine, theirs = _place(source.path), _place(included)
    if mine is None:
        return
    if theirs is None:
        if not source.is_test:
            message = "includes %s: the library knows nothing of tests and benchmarks" % included
            yield Finding(source.path, number, "layer", message)
        return
    if theirs[0] > mine[0] or (theirs[0] == mine[0] and theirs[1] != mine[1]):
        message = "includes %s, which is not below it" % included
        yield Finding(source.path, number, "layer", message)
    if not _is_visible(source.path, included):
        message = "includes %s, which is private to %s/" % (included, included.split("/")[0])
        yield Finding(source.path, number, "private", message)


def _is_visible(path, included):
    top = path.split("/")[0]
    if included.split("/")[0] == top or included.startswith(_ALSO_VISIBLE.get(top, ())):
        return True
    return os.path.dirname(included) in _TOPS
