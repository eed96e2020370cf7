"""The tree that is checked: its files, and their text without comments and string contents."""

import os
import re

_SOURCE_FOLDERS = ("storage", "replication", "api", "bench", "tests")
_OTHER_FOLDERS = ("docs", "third_party", "tools", ".ci")
_TEXT_SUFFIXES = (".h", ".cc", ".md", ".py", ".bzl", ".bazel", ".sh")
_SCRIPT_FOLDERS = ("tools/", ".ci/")

# What C++ source hides from a search for code. The digit separator of 1'000 is not a quote.
_HIDDEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<raw>R"(?P<delimiter>[^\s()\\]{0,16})\(.*?\)(?P=delimiter)")
      | (?P<include>^[ \t]*\#[ \t]*include[ \t][^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<character>(?<![0-9a-zA-Z_])'(?:[^'\\\n]|\\.)+')""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def _blank(match):
    if match["include"]:
        return match[0].partition("//")[0]
    hidden = "\n" * match[0].count("\n")
    return hidden if match["comment"] else '""' + hidden


class Source:
    """One text file: `path` is relative to the root, with '/'."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.is_cpp = path.endswith((".h", ".cc"))
        self.is_test = path.startswith("tests/") or path.endswith("_test.cc")
        self._code_lines = None

    @property
    def code_lines(self):
        """The lines of a C++ file without comments and without what is inside of literals."""
        if self._code_lines is None:
            self._code_lines = _HIDDEN.sub(_blank, self.text).split("\n")
        return self._code_lines


class Finding:
    def __init__(self, path, line, rule, message):
        self.path = path
        self.line = line
        self.rule = rule
        self.message = message

    def __str__(self):
        return "%s:%d: %s [%s]" % (self.path, self.line, self.message, self.rule)


def read_tree(root):
    """Returns (sources, paths of all files), both sorted by path."""
    sources, paths = [], []
    for path in sorted(_walk(root)):
        paths.append(path)
        if path.endswith(_TEXT_SUFFIXES) or _is_script(path):
            with open(os.path.join(root, path), encoding="utf-8") as file:
                sources.append(Source(path, file.read()))
    return sources, paths


def _walk(root):
    for name in os.listdir(root):
        if os.path.isfile(os.path.join(root, name)):
            yield name
    for top in _SOURCE_FOLDERS + _OTHER_FOLDERS:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), root)


def _is_script(path):
    return path.startswith(_SCRIPT_FOLDERS) and "." not in os.path.basename(path)
