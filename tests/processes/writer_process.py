"""Drives the process of writer.cc."""

import os
import select
import signal
import subprocess
import time

_SECONDS_MAX = 60
_SAID_BYTES = 2000  # Of its output, in an error.


def record(number, size, keys):
    """Key and value of the record with that number."""
    key = b"k%d" % (number * 7919 % keys) if keys else b""
    return key, b"%d:%s" % (number, b"=" * size)


class Refused(Exception):
    """The writer answered with an error: `code` is that of the status."""

    def __init__(self, code, text):
        super().__init__("%s: %s" % (code, text))
        self.code = code


class Hung(Exception):
    """The writer did not answer, or end, in time; the message has the last that it said."""


class Writer:
    """A running writer. After its end, which may be a kill, every call raises EOFError.

    acknowledged: (number, offset) of every record that it acknowledged in its last append.
    """

    def __init__(self, binary, data, open_files_max=512, descriptors_max=None):
        words = [os.path.abspath(binary), data, str(open_files_max)]
        if descriptors_max is not None:
            words = ["prlimit", "--nofile=%d" % descriptors_max] + words
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.acknowledged = []
        self._asked = ["(open)"]
        self._unread = b""
        self._said = b""
        self._answer()

    def do(self, *words):
        """Returns the words of the answer."""
        self.begin(*words)
        return self.wait()

    def begin(self, *words):
        self.acknowledged = []
        self._asked = words
        try:
            self.process.stdin.write(" ".join(str(word) for word in words).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # The missing answer tells.

    def wait(self):
        return self._answer()

    def code_of(self, *words):
        """The code with which it refuses, or "OK"."""
        try:
            self.do(*words)
        except Refused as refused:
            return refused.code
        return "OK"

    def end(self):
        """Without a Close, unless there was one; returns the exit status."""
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except BrokenPipeError:
                pass
        try:
            return self.process.wait(_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._hang("end")

    def kill(self):
        self.process.kill()
        self.end()

    def _hang(self, what):
        # A core, where those are kept, has where it stands.
        self.process.send_signal(signal.SIGABRT)
        said = self._said[-_SAID_BYTES:].decode(errors="replace")
        asked = " ".join(str(word) for word in self._asked)
        raise Hung("no %s within %d s of %r; it said\n%s" % (what, _SECONDS_MAX, asked, said))

    def _lines(self):
        """Its whole lines, up to its end. One that is cut off was killed in the middle of it."""
        deadline = time.monotonic() + _SECONDS_MAX
        stdout = self.process.stdout
        while True:
            line, newline, rest = self._unread.partition(b"\n")
            if newline:
                self._unread = rest
                yield line
                continue
            seconds_left = deadline - time.monotonic()
            if seconds_left <= 0 or not select.select([stdout], [], [], seconds_left)[0]:
                self._hang("answer")
            new = os.read(stdout.fileno(), 1 << 16)
            if not new:
                return
            self._unread += new
            self._said = (self._said + new)[-_SAID_BYTES:]

    def _answer(self):
        for line in self._lines():
            words = line.decode(errors="replace").split(" ")
            if words[0] == "a":
                self.acknowledged.append((int(words[1]), int(words[2])))
            elif words[0] == "ok":
                return words[1:]
            else:
                raise Refused(words[1], " ".join(words[2:]))
        raise EOFError("the writer ended; it said\n%s" % self._said.decode(errors="replace"))
