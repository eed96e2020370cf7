"""Rules `include-guard`, `orphan` and `unfinished`: each file is named, guarded and done."""

import os
import re

from source import Finding

RULES = ("include-guard", "orphan", "unfinished")

_EXPORTS = re.compile(r"exports_files\(.*?\)", re.DOTALL)
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def check(sources, _paths):
    yield from _check_orphans(sources)
    for source in sources:
        if source.path.endswith(".h"):
            yield from _check_guard(source)
        for number, line in enumerate(source.lines, 1):
            match = _UNFINISHED.search(line)
            if match:
                message = "'%s': finish it, or leave it out" % match[0]
                yield Finding(source.path, number, "unfinished", message)


def _check_guard(source):
    guard = "TIDEMARK_%s_" % re.sub(r"\W", "_", source.path).upper()
    directives = [line.strip() for line in source.code_lines if line.startswith("#")]
    wanted = ["#ifndef " + guard, "#define " + guard]
    if directives[:2] != wanted or source.lines[-1] != "#endif  // " + guard:
        yield Finding(source.path, 1, "include-guard", "wants the include guard %s" % guard)


def _check_orphans(sources):
    builds = {
        os.path.dirname(source.path): _EXPORTS.sub("", source.text)
        for source in sources
        if os.path.basename(source.path) == "BUILD.bazel"
    }
    everything = "\n".join(builds.values())
    for source in sources:
        if not source.is_cpp:
            continue
        package = os.path.dirname(source.path)
        while package and package not in builds:
            package = os.path.dirname(package)
        name = os.path.relpath(source.path, package or ".")
        by_name = re.search(r'":?%s"' % re.escape(name), builds.get(package, ""))
        if not by_name and '"//%s:%s"' % (package, name) not in everything:
            yield Finding(source.path, 1, "orphan", "no BUILD.bazel names it: nothing builds it")
