"""A one-node Kafka in a folder of its own, and Kafka's tools."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time

_HERE = os.path.dirname(os.path.abspath(__file__))
_HEAP = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
_START_SECONDS_MAX = 90

_LOGGING = ["-Dlog4j2.level=WARN", "-Dlog4j2.statusLoggerLevel=OFF"]


class KafkaError(Exception):
    """A tool or the broker failed; the text is what it printed."""


def _java(libraries):
    return ["java", *_HEAP, *_LOGGING, "-cp", os.path.join(libraries, "*")]


def _end(process):
    if process.poll() is None:
        process.kill()
    process.wait()


class Toolbox:
    """Kafka's command-line tools and clients, in one virtual machine: see Toolbox.java."""

    def __init__(self, libraries, folder):
        self._log_path = os.path.join(folder, "toolbox.log")
        self._log = open(self._log_path, "wb")
        self._process = subprocess.Popen(
            [*_java(libraries), os.path.join(_HERE, "Toolbox.java")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )

    def ask(self, **request):
        """The answer to one request; raises if it failed."""
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            with open(self._log_path, encoding="utf-8", errors="replace") as log:
                raise KafkaError("the toolbox ended: " + log.read()[-2000:])
        answer = json.loads(line)
        if answer["exit"] != 0:
            raise KafkaError((answer["out"] + answer["err"])[-3000:])
        return answer

    def tool(self, main, *args):
        """Standard output of a tool of Kafka's."""
        return self.ask(main=main, args=list(args))["out"]

    def dump(self, *args):
        """What DumpLogSegments prints, with its complaints at the end."""
        answer = self.ask(main="org.apache.kafka.tools.DumpLogSegments", args=list(args))
        return answer["out"] + answer["err"]

    def close(self):
        _end(self._process)
        self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A broker that is its own controller. Its data directory is `data` in its folder."""

    CLUSTER_ID = "tidemark-real-kafka-001"

    def __init__(self, libraries, toolbox, folder, settings=None):
        self._libraries, self._toolbox, self._folder = libraries, toolbox, folder
        self._process = None
        self.data = os.path.join(folder, "data")
        self._properties_path = os.path.join(folder, "server.properties")
        self._log_path = os.path.join(folder, "broker.log")
        ports = _free_port(), _free_port()
        self.address = "127.0.0.1:%d" % ports[0]
        self._settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": "1@127.0.0.1:%d" % ports[1],
            "listeners": "PLAINTEXT://%s,CONTROLLER://127.0.0.1:%d" % (self.address, ports[1]),
            "advertised.listeners": "PLAINTEXT://" + self.address,
            "inter.broker.listener.name": "PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.data,
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 3,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 3,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # Timestamps of records are as old as the checks like them.
            "log.retention.ms": -1,
            "log.message.timestamp.before.max.ms": 9223372036854775807,
            "log.cleaner.dedupe.buffer.size": 4194304,
            # A killed broker is let in again once its session is over.
            "broker.heartbeat.interval.ms": 250,
            "broker.session.timeout.ms": 1000,
            **(settings or {}),
        }

    def format(self):
        os.makedirs(self._folder, exist_ok=True)
        with open(self._properties_path, "w", encoding="ascii") as file:
            for name, value in self._settings.items():
                file.write("%s=%s\n" % (name, value))
        shutil.rmtree(self.data, ignore_errors=True)
        self._toolbox.tool(
            "kafka.tools.StorageTool", "format", "-t", self.CLUSTER_ID, "-c", self._properties_path
        )

    def start(self):
        """Starts it and waits until it serves; what it logs is in `broker.log`."""
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(
                [*_java(self._libraries), "kafka.Kafka", self._properties_path],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline, last = time.monotonic() + _START_SECONDS_MAX, None
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise KafkaError("the broker ended at its start: " + self.log()[-3000:])
            try:
                self._toolbox.tool(
                    "org.apache.kafka.tools.TopicCommand",
                    *("--bootstrap-server", self.address, "--list")
                )
                return
            except KafkaError as error:
                last = error
                time.sleep(0.2)
        raise KafkaError("the broker did not start in time: %s\n%s" % (last, self.log()[-2000:]))

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def stop(self):
        """An orderly end: the broker flushes, writes its checkpoints and its marker."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise KafkaError("the broker did not stop: " + self.log()[-3000:]) from None

    def kill(self):
        if self._process:
            _end(self._process)

    def ask(self, **request):
        return self._toolbox.ask(bootstrap=self.address, **request)

    def tool(self, main, *args):
        return self._toolbox.tool(main, "--bootstrap-server", self.address, *args)

    def committed(self, groups):
        """{(group, topic, partition): (offset, metadata)} of these groups."""
        lines = self.ask(committed=list(groups))["out"].splitlines()
        rows = [json.loads(line) for line in lines]
        return {tuple(row[:3]): tuple(row[3:]) for row in rows}

    def end_offsets(self):
        """{(topic, partition): end offset} of every topic, also Kafka's own."""
        out = self.tool("org.apache.kafka.tools.GetOffsetShell")
        rows = (line.rsplit(":", 2) for line in out.splitlines())
        return {(topic, int(partition)): int(offset) for topic, partition, offset in rows}
