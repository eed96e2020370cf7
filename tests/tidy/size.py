"""Rules `file-length`, `function-length` and `columns`: what fits a reader's head and screen."""

import re

from source import Finding

RULES = ("file-length", "function-length", "columns")

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

# What opens a brace that is not a function's: a scope, a type, or data.
_SCOPE = re.compile(r"^\s*(?:inline\s+)?namespace\b|^\s*extern\s+\"\"\s*$")
_TYPE = re.compile(r"^\s*(?:template\s*<.*>\s*)?(?:typedef\s+)?(?:class|struct|union|enum)\b")
_ACCESS = ("public", "protected", "private")


def check(sources, _paths):
    for source in sources:
        if source.path.endswith(".md"):
            continue
        for number, line in enumerate(source.lines, 1):
            if len(line) > COLUMNS_MAX:
                message = "%d columns, at most %d" % (len(line), COLUMNS_MAX)
                yield Finding(source.path, number, "columns", message)
        if source.is_cpp:
            yield from _check_lengths(source)


def _check_lengths(source):
    length = len(source.lines)
    if length > FILE_LINES_MAX:
        message = "%d lines, at most %d: is it still one concept?" % (length, FILE_LINES_MAX)
        yield Finding(source.path, length, "file-length", message)
    for first, last in functions(source.code_lines):
        length = last - first + 1
        if length > FUNCTION_LINES_MAX:
            message = "a function of %d lines, at most %d" % (length, FUNCTION_LINES_MAX)
            yield Finding(source.path, first, "function-length", message)


def functions(code_lines):
    """Yields the first and last line of each outermost function body with its head.

    Follows the braces: one that opens after a head with parentheses, outside of any function, and
    that is neither a type's nor data's, is a function's.
    """
    head, head_line = "", 0
    depth, function_depth, first = 0, None, 0
    for number, line in enumerate(code_lines, 1):
        if line.lstrip().startswith("#"):
            continue
        for character in line + " ":
            if character == "{":
                if function_depth is None and _opens_function(head):
                    function_depth, first = depth, head_line
                depth += 1
                head = ""
            elif character == "}":
                depth -= 1
                if depth == function_depth:
                    yield first, number
                    function_depth = None
                head = ""
            elif character == ";" or (character == ":" and head.strip() in _ACCESS):
                head = ""
            elif head or not character.isspace():
                if not head:
                    head_line = number
                head += character


def _opens_function(head):
    if _SCOPE.search(head) or _TYPE.search(head):
        return False
    return ")" in head and not head.rstrip().endswith(("=", ",", "("))
