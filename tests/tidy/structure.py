"""Rules `include-guard`, `orphan`, `concurrent` and `unfinished`: files are guarded, built, done.

`concurrent`: a test that starts threads has the tag by which the thread sanitizer's run finds it.
"""

import os
import re

from source import Finding

RULES = ("include-guard", "orphan", "concurrent", "unfinished")

_EXPORTS = re.compile(r"exports_files\(.*?\)", re.DOTALL)
_TEST_TARGET = re.compile(r"^cc_test\((.*?)^\)", re.DOTALL | re.MULTILINE)
_THREADS = re.compile(r"\bstd::(?:jthread|thread|async)\b|ThreadPool\w*")
_UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def check(sources, _paths):
    yield from _check_targets(sources)
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


def _check_targets(sources):
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
        name = re.escape(os.path.relpath(source.path, package or "."))
        named = re.compile(r'":?%s"' % name)
        build = builds.get(package, "")
        if not named.search(build) and not re.search('"//%s:%s"' % (package, name), everything):
            yield Finding(source.path, 1, "orphan", "no BUILD.bazel names it: nothing builds it")
        yield from _check_concurrent(source, build, named)


def _check_concurrent(source, build, named):
    for number, line in enumerate(source.code_lines, 1):
        if not _THREADS.search(line):
            continue
        for target in _TEST_TARGET.findall(build):
            if named.search(target) and '"concurrent"' not in target:
                message = "starts threads; its target wants the tag 'concurrent'"
                yield Finding(source.path, number, "concurrent", message)
        return
