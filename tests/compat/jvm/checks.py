"""Counts checks and says how each went."""

import contextlib
import time
import traceback


def first_difference(wanted, found):
    """A line on the first item in which two lists differ; nothing if they are equal."""
    for i, (one, other) in enumerate(zip(wanted, found)):
        if one != other:
            return "at %d: wanted %.300r, found %.300r" % (i, one, other)
    if len(wanted) != len(found):
        extra = (wanted + found)[min(len(wanted), len(found))]
        return "wanted %d, found %d; first: %.300r" % (len(wanted), len(found), extra)
    return ""


class Checks:
    def __init__(self):
        self.passed, self.failed = 0, 0

    @contextlib.contextmanager
    def check(self, name):
        """One check. It fails if the block raises; the others go on."""
        start = time.monotonic()
        try:
            yield
        except Exception as error:  # pylint: disable=broad-except
            self.failed += 1
            print("FAILED  %s" % name, flush=True)
            text = str(error)
            if not isinstance(error, AssertionError):
                text = "".join(traceback.format_exception(error, limit=-4))
            print("        " + text.strip().replace("\n", "\n        "), flush=True)
        else:
            self.passed += 1
            print("ok      %s (%.1f s)" % (name, time.monotonic() - start), flush=True)


def same(wanted, found, what=""):
    """Raises unless two lists are equal."""
    difference = first_difference(list(wanted), list(found))
    if difference:
        raise AssertionError((what + ": " if what else "") + difference)


def require(condition, message):
    if not condition:
        raise AssertionError(message)
