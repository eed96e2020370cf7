"""Checks that what documents quote in backquotes is there: tests, Bazel targets, files and folders.

Usage: quotes.py ROOT. A quote is looked up if it looks like one of
  Suite.Name              a GoogleTest case
  //folder:target         a Bazel target
  storage/log/log.h       a path in one of the top folders
Prints what is not there, and fails if that is anything.
"""

import os
import re
import sys

_TOPS = ("storage", "replication", "api", "bench", "tests", "docs", "third_party", "tools")
_QUOTE = re.compile(r"`([^`\n]+)`")
_CASE = re.compile(r"[A-Z]\w*\.[A-Z]\w*")
_TARGET = re.compile(r"//([\w/]*):([\w.]+)")
_PATH = re.compile(r"(?:%s)/[\w./-]*" % "|".join(_TOPS))
_DEFINITION = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)


def find_cases(root):
    """Names all GoogleTest cases in the tree."""
    cases = set()
    for top in _TOPS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            for name in names:
                if name.endswith(".cc"):
                    with open(os.path.join(folder, name), encoding="utf-8") as file:
                        found = _DEFINITION.findall(file.read())
                    cases.update("%s.%s" % pair for pair in found)
    return cases


def find_documents(root):
    yield from (name for name in sorted(os.listdir(root)) if name.endswith(".md"))
    for top in _TOPS:
        for folder, _, names in sorted(os.walk(os.path.join(root, top))):
            for name in sorted(names):
                if name.endswith(".md"):
                    yield os.path.relpath(os.path.join(folder, name), root)


def has_target(root, folder, name):
    path = os.path.join(root, folder, "BUILD.bazel")
    if not os.path.exists(path):
        return False
    with open(path, encoding="utf-8") as file:
        return '"%s"' % name in file.read()


def is_there(root, cases, quote):
    """None for a quote that is not of a kind that can be looked up."""
    if _CASE.fullmatch(quote):
        return quote in cases
    target = _TARGET.fullmatch(quote)
    if target:
        return has_target(root, target[1], target[2])
    if _PATH.fullmatch(quote):
        return os.path.exists(os.path.join(root, quote))
    return None


def main():
    root = sys.argv[1]
    cases = find_cases(root)
    looked_up, missing = 0, 0
    for document in find_documents(root):
        with open(os.path.join(root, document), encoding="utf-8") as file:
            lines = file.read().split("\n")
        for number, line in enumerate(lines, 1):
            for quote in _QUOTE.findall(line):
                found = is_there(root, cases, quote)
                looked_up += found is not None
                if found is False:
                    missing += 1
                    print("%s:%d: there is no %s" % (document, number, quote))
    print("%d quotes looked up, %d missing" % (looked_up, missing))
    return 1 if missing or not looked_up else 0


if __name__ == "__main__":
    sys.exit(main())
