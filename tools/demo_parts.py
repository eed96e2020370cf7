"""What tools/demo is made of: the text of this machine, and the `tidemark` command at work."""

import glob
import os
import signal
import subprocess
import sys
import threading
import time

_TEXT = {
    "licences": ("/usr/share/common-licenses/*",),
    "packages": ("/var/log/dpkg.log", "/var/lib/dpkg/status", "/var/lib/dpkg/info/*.list"),
    "headers": ("/usr/include/**/*.h", "/usr/include/**/*.hpp"),
}
_TEXT_BYTES_MAX = 24 << 20
_SECONDS_MAX = 60

_BOLD, _PLAIN = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")


def say(text):
    print("\n%s%s%s" % (_BOLD, text, _PLAIN), flush=True)


def find_text(kind):
    """Names files of one kind on this machine, up to a bound on their bytes together."""
    paths, size = [], 0
    for pattern in _TEXT[kind]:
        for path in sorted(glob.glob(pattern, recursive=True)):
            if os.path.isfile(path) and not os.path.islink(path) and os.access(path, os.R_OK):
                size += os.path.getsize(path)
                if size > _TEXT_BYTES_MAX:
                    return paths
                paths.append(path)
    return paths


def read_lines(path):
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def total_of(lines, seconds):
    megabytes = sum(len(line) for line in lines) / 1e6
    return "%9d records %7.1f MB in %5.2f s  %9.0f records/s %7.1f MB/s" % (
        len(lines),
        megabytes,
        seconds,
        len(lines) / seconds,
        megabytes / seconds,
    )


class Tidemark:
    """The command, always with the same data directory."""

    def __init__(self, binary, data_directory):
        self._binary = binary
        self._data_directory = data_directory

    def command(self, *arguments):
        """The argument list: subcommand words first, the data directory behind them."""
        words = 2 if arguments[0] == "topic" else 1
        place = ("--data-dir", self._data_directory)
        arguments = arguments[:words] + place + arguments[words:]
        return [self._binary] + [str(argument) for argument in arguments]

    def run(self, *arguments, text=None):
        done = subprocess.run(
            self.command(*arguments),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=_SECONDS_MAX,
            check=False,
        )
        self.expect(
            done.returncode == 0,
            "tidemark %s ended with %d: %s"
            % (arguments[0], done.returncode, done.stderr.decode(errors="replace").strip()),
        )
        return done.stdout

    def start(self, *arguments):
        return subprocess.Popen(
            self.command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def produce(self, lines, *options):
        """Appends the lines; returns the seconds from start to exit of the command."""
        text = b"".join(line + b"\n" for line in lines)
        start = time.monotonic()
        self.run("produce", *options, text=text)
        return time.monotonic() - start

    def consume(self, topic):
        """Returns (partition, offset, key, value) of every record, partition by partition."""
        output = self.run("consume", "--topic", topic, "--format", r"%p\t%o\t%k\t%v\n")
        records = []
        for line in output.split(b"\n")[:-1]:
            partition, offset, key, value = line.split(b"\t", 3)
            records.append((int(partition), int(offset), key, value))
        return records

    def consume_raw(self, topic):
        start = time.monotonic()
        output = self.run("consume", "--topic", topic)
        return output, time.monotonic() - start

    @staticmethod
    def expect(condition, complaint):
        if not condition:
            sys.stdout.flush()
            sys.exit("demo: " + complaint)


def crash_round(tidemark, topic, durability, corpus, kill_after):
    """Kills a writer once it has acknowledged `kill_after` records, and opens the directory again.

    Returns what was acknowledged, up to the last line that the writer got out, as
    {(partition, offset): value}. The writer answers in the order of its input.
    """
    options = ("--topic", topic, "--durability", durability, "--print-offsets")
    writer = tidemark.start("produce", *options)
    feeder = threading.Thread(target=_feed_forever, args=(writer.stdin, corpus))
    feeder.start()
    acknowledged = {}
    for count, line in enumerate(writer.stdout):
        if not line.endswith(b"\n"):
            break
        partition, offset = line.split()
        acknowledged[int(partition), int(offset)] = corpus[count % len(corpus)]
        if count + 1 == kill_after:
            writer.send_signal(signal.SIGKILL)
    writer.stdout.close()
    status = writer.wait(timeout=_SECONDS_MAX)
    feeder.join(timeout=_SECONDS_MAX)
    tidemark.expect(status == -signal.SIGKILL, "the writer ended by itself, with %d" % status)
    # Opening is what recovers; appending proves that the log goes on.
    tidemark.run("produce", "--topic", topic, text=b"after the crash\n")
    return acknowledged


def _feed_forever(stdin, corpus):
    try:
        while True:
            for start in range(0, len(corpus), 1000):
                stdin.write(b"".join(line + b"\n" for line in corpus[start : start + 1000]))
    except (BrokenPipeError, ValueError):
        pass
    finally:
        try:
            stdin.close()
        except BrokenPipeError:
            pass


def tail_latency(tidemark, topic, lines):
    """Writes the lines one by one, each after the one before has been seen by a second process.

    Returns the seconds that each took.
    """
    reader = tidemark.start("consume", "--topic", topic, "--partition", 0, "--follow")
    writer = tidemark.start("produce", "--topic", topic, "--partition", 0)
    watchdog = threading.Timer(_SECONDS_MAX, reader.kill)
    watchdog.start()
    delays = []
    for line in lines:
        start = time.monotonic()
        writer.stdin.write(line + b"\n")
        writer.stdin.flush()
        seen = reader.stdout.readline()
        delays.append(time.monotonic() - start)
        tidemark.expect(seen == line + b"\n", "the tail showed %r instead of %r" % (seen, line))
    writer.stdin.close()
    tidemark.expect(writer.wait(timeout=_SECONDS_MAX) == 0, "the writer failed")
    reader.send_signal(signal.SIGINT)
    reader.wait(timeout=_SECONDS_MAX)
    watchdog.cancel()
    return delays
