"""Drives the process of writer.cc."""

import os
import subprocess


def record(number, size, keys):
    """Key and value of the record with that number."""
    key = b"k%d" % (number * 7919 % keys) if keys else b""
    return key, b"%d:%s" % (number, b"=" * size)


class Refused(Exception):
    """The writer answered with an error: `code` is that of the status."""

    def __init__(self, code, text):
        super().__init__("%s: %s" % (code, text))
        self.code = code


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
        self._answer()

    def do(self, *words):
        """Returns the words of the answer."""
        self.begin(*words)
        return self.wait()

    def begin(self, *words):
        self.acknowledged = []
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
        return self.process.wait()

    def kill(self):
        self.process.kill()
        self.end()

    def _answer(self):
        for line in self.process.stdout:
            words = line.decode(errors="replace").rstrip("\n").split(" ")
            if not line.endswith(b"\n"):
                break  # It was killed in the middle of it.
            if words[0] == "a":
                self.acknowledged.append((int(words[1]), int(words[2])))
            elif words[0] == "ok":
                return words[1:]
            else:
                raise Refused(words[1], " ".join(words[2:]))
        raise EOFError("the writer ended")
