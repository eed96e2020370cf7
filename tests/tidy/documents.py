"""Rules `title` and `link`: a document has one title, and its relative links lead somewhere."""

import os
import re

from source import Finding

RULES = ("title", "link")

_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_CODE = re.compile(r"`[^`]*`")
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z+.-]*:|#")


def check(sources, paths):
    known = set(paths)
    for path in paths:
        while path:
            path = os.path.dirname(path)
            known.add(path or ".")
    for source in sources:
        if source.path.endswith(".md"):
            yield from _check_document(source, known)


def _check_document(source, known):
    titles = 0
    for number, line in _prose(source.lines):
        titles += line.startswith("# ")
        for target in _LINK.findall(_CODE.sub("", line)):
            if _ELSEWHERE.match(target):
                continue
            folder = "" if target.startswith("/") else os.path.dirname(source.path)
            path = os.path.normpath(os.path.join(folder, target.partition("#")[0].lstrip("/")))
            if path not in known:
                yield Finding(source.path, number, "link", "'%s' leads nowhere" % target)
    if titles != 1:
        yield Finding(source.path, 1, "title", "%d titles ('# ...'), wants one" % titles)


def _prose(lines):
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line
