"""`tidemark produce`: every line becomes a record, and what is printed as acknowledged is there."""

import os
import random
import signal
import subprocess
import unittest

import driver


class Produce(driver.CliTest):
    def test_lines_may_hold_any_bytes(self):
        self.create("t")
        data = b"plain\n\nwith\0nul\n\xff\xfe\x80\nwindows\r\n last without newline"
        out = self.produce("t", data, "--print-offsets")
        self.assertEqual(out, b"".join(b"0 %d\n" % i for i in range(6)))
        self.assertEqual(self.consume("t"), data + b"\n")

    def test_no_input_is_no_error(self):
        self.create("t")
        self.assertEqual(self.produce("t", b"", "--print-offsets"), b"")
        self.assertEqual(self.consume("t"), b"")

    def test_offsets_are_printed_in_the_order_of_the_lines(self):
        self.create("t", 5)
        lines = [b"%d:%d" % (i % 97, i) for i in range(20000)]
        for durability in ("buffered", "durable"):
            out = self.produce("t", b"\n".join(lines), "--key-separator", ":", "--print-offsets",
                               "--durability", durability)
            printed = out.splitlines()
            self.assertEqual(len(printed), len(lines))
            stored = self.consume("t", "--format", "%p %o|%k:%v\n").splitlines()
            by_place = dict(record.split(b"|", 1) for record in stored)
            self.assertEqual([by_place[place] for place in printed], lines)

    def test_keys_end_at_the_first_separator_and_choose_the_partition(self):
        self.create("t", 10)
        self.produce("t", b"a=>1=>2\nab=>\n=>x\nabc=>3\n", "--key-separator", "=>")
        out = self.consume("t", "--format", "%p [%k] [%v]\n").splitlines()
        self.assertEqual(sorted(out), [b"1 [] [x]", b"4 [a] [1=>2]", b"4 [ab] []", b"7 [abc] [3]"])
        self.produce("t", b"k\tv\n", "--key-separator", "\\t", "--partition", "9")
        self.assertEqual(self.consume("t", "--partition", "9", "--format", "%k,%v"), b"k,v")

    def test_a_line_without_a_key_ends_it_and_what_came_before_is_kept(self):
        self.create("t")
        result = self.refused("produce", "--topic", "t", "--key-separator", ":", "--print-offsets",
                              stdin=b"a:1\nb:2\nno key\nc:3\n", mentions=["line 3", "':'"])
        self.assertEqual(result.out, b"0 0\n0 1\n")
        self.assertEqual(self.consume("t", "--format", "%k%v "), b"a1 b2 ")

    def test_a_line_over_the_limit_ends_it_and_what_came_before_is_kept(self):
        self.create("t", 1, "--config", "max.message.bytes=1000")
        for length in (3000000, 1000, 933):
            result = self.refused("produce", "--topic", "t", "--print-offsets",
                                  stdin=b"a\nb\n" + b"x" * length + b"\nc\n",
                                  mentions=["line 3", "1000"])
            self.assertEqual(len(result.out.splitlines()), 2)
        self.produce("t", b"y" * 900)
        self.assertEqual(self.consume("t"), b"a\nb\n" * 3 + b"y" * 900 + b"\n")

    def test_many_lines_fit_where_one_batch_of_them_would_not(self):
        self.create("t", 1, "--config", "max.message.bytes=1000")
        data = (b"x" * 150 + b"\n") * 100
        self.produce("t", data)
        self.produce("t", data, "--batch-records", "50")
        self.assertEqual(self.consume("t"), data * 2)

    def test_batches_fit_segments_that_are_small(self):
        self.create("t", 1, "--config", "segment.bytes=500")
        data = (b"x" * 30 + b"\n") * 300
        self.produce("t", data)
        self.produce("t", data, "--batch-records", "100")
        self.assertEqual(self.consume("t"), data * 2)
        self.assertTrue(all(batch["size"] <= 500 for batch in self.batches("t")))
        self.refused("produce", "--topic", "t", stdin=b"x" * 450, mentions=["line 1", "500",
                                                                           "segment.bytes"])

    def test_tombstones_are_lines_without_a_value(self):
        self.create("t")
        self.produce("t", b"k=v\nk=\n=\n", "--key-separator", "=", "--tombstones")
        self.produce("t", b"k=\n", "--key-separator", "=")
        records = [record for batch in self.batches("t", records=True)
                   for record in batch["records"]]
        self.assertEqual([(record["key"], record["value"]) for record in records],
                         [("k", "v"), ("k", None), ("", None), ("k", "")])

    def test_batches_hold_as_many_records_as_asked(self):
        self.create("t")
        with open(os.path.join(self.root, "lines"), "wb+") as file:
            file.write(b"line\n" * 1000)
            file.seek(0)
            self.ok("produce", "--topic", "t", "--batch-records", "300", stdin=file)
        self.assertEqual([b["count"] for b in self.batches("t")], [300, 300, 300, 100])

    def test_every_codec(self):
        codecs = ("none", "gzip", "snappy", "lz4", "zstd")
        self.create("t")
        data = b"the same again and again\n" * 50
        for codec in codecs:
            self.produce("t", data, "--compression", codec)
        self.assertEqual(self.consume("t"), data * len(codecs))
        self.assertEqual([b["codec"] for b in self.batches("t")], list(codecs))

    def test_a_line_is_acknowledged_while_input_pauses(self):
        self.create("t", 3)
        for durability in ("buffered", "durable"):
            writer = self.start("produce", "--topic", "t", "--print-offsets", "--partition", "2",
                                "--durability", durability, "--batch-records", "1000")
            first = 0 if durability == "buffered" else 3
            for i in range(3):
                writer.stdin.write(b"line\n")
                writer.stdin.flush()
                self.assertEqual(writer.stdout.readline(), b"2 %d\n" % (first + i))
            writer.stdin.close()
            self.assertEqual(writer.wait(timeout=60), driver.DONE)

    def test_compaction_has_threads_of_its_own(self):
        self.create("t")

        def count_threads():
            writer = self.start("produce", "--topic", "t", "--print-offsets")
            writer.stdin.write(b"line\n")
            writer.stdin.flush()
            self.assertTrue(writer.stdout.readline())
            count = len(os.listdir("/proc/%d/task" % writer.pid))
            writer.stdin.close()
            self.assertEqual(writer.wait(timeout=60), driver.DONE)
            return count

        with_one_cleaner = count_threads()
        with open(os.path.join(self.data, "tidemark.properties"), "w") as file:
            file.write("version: 0\nconfig.log.cleaner.threads: 3\ncrc32c: f1ba6639\n")
        self.assertEqual(count_threads(), with_one_cleaner + 2)

    def test_what_was_printed_survives_sigkill(self):
        seed = random.randrange(1 << 30)
        draw = random.Random(seed)
        self.create("t", 3, "--config", "segment.bytes=100000")
        data = b"".join(b"record %d\n" % i for i in range(30000))
        printed = []
        for attempt in range(6):
            durability = ("buffered", "durable")[attempt % 2]
            with open(os.path.join(self.root, "offsets"), "wb+") as offsets:
                writer = self.start("produce", "--topic", "t", "--print-offsets", "--durability",
                                    durability, "--batch-records", str(draw.choice((1, 10, 500))),
                                    stdout=offsets)
                writer.stdin.write(data[: draw.randrange(len(data))])
                writer.send_signal(signal.SIGKILL)
                writer.wait()
                offsets.seek(0)
                printed += offsets.read().split(b"\n")[:-1]
            stored = set(self.consume("t", "--format", "%p %o\n").split(b"\n"))
            missing = [place for place in printed if place not in stored]
            self.assertEqual(missing, [], "seed %d, attempt %d" % (seed, attempt))
        self.assertGreater(len(printed), 0)

    def test_an_interrupt_ends_the_input_properly(self):
        self.create("t")
        for number in (signal.SIGINT, signal.SIGTERM):
            writer = self.start("produce", "--topic", "t", "--print-offsets")
            writer.stdin.write(b"line\nbegun")
            writer.stdin.flush()
            self.assertTrue(writer.stdout.readline())
            writer.send_signal(number)
            self.assertEqual(writer.wait(timeout=60), driver.DONE)
        self.assertEqual(self.consume("t"), b"line\nline\n")
        self.assertIn(os.path.join(self.data, ".kafka_cleanshutdown"), self.files())

    def test_an_interrupt_ends_input_that_never_pauses(self):
        self.create("t", 1, "--config", "segment.bytes=10000000")
        for durability in ("buffered", "durable"):
            source = subprocess.Popen(["yes"], stdout=subprocess.PIPE)
            with open(os.path.join(self.root, "offsets"), "wb+") as offsets:
                process = subprocess.Popen(
                    [driver.BINARY, "produce", "--data-dir", self.data, "--topic", "t",
                     "--durability", durability, "--print-offsets"],
                    stdin=source.stdout, stdout=offsets)
                source.stdout.close()
                while os.path.getsize(offsets.name) < 10000:
                    self.assertIsNone(process.poll())
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=60), driver.DONE)
                source.wait(timeout=60)
                offsets.seek(0)
                last = int(offsets.read().split()[-1])
            self.assertEqual(self.consume("t", "--offset", "latest"), b"")
            self.consume("t", "--offset", str(last + 1))

    def test_it_ends_quietly_when_nobody_reads_the_offsets(self):
        self.create("t")
        writer = self.start("produce", "--topic", "t", "--print-offsets")
        writer.stdin.write(b"line\n")
        writer.stdin.flush()
        self.assertTrue(writer.stdout.readline())
        writer.stdout.close()
        self.assertEqual(writer.wait(timeout=60), driver.DONE)
        self.assertEqual(writer.stderr.read(), b"")

    def test_topics_and_partitions_that_are_not_there(self):
        self.create("t")
        self.refused("produce", "--topic", "other", stdin=b"a\n",
                     mentions=["other", "tidemark topic create"])
        self.refused("produce", "--topic", "t", "--partition", "1", stdin=b"a\n",
                     mentions=["partition 1"])
        self.assertEqual(self.consume("t"), b"")

    def test_a_second_writer_is_refused(self):
        self.create("t")
        writer = self.start("produce", "--topic", "t", "--print-offsets")
        writer.stdin.write(b"a\n")
        writer.stdin.flush()
        self.assertTrue(writer.stdout.readline())
        self.refused("produce", "--topic", "t", stdin=b"b\n", mentions=[self.data])
        self.assertEqual(self.consume("t"), b"a\n")

    def committed(self, topic):
        return self.consume(topic, "--isolation", "read_committed")

    def test_a_transaction_is_seen_as_a_whole_once_it_is_committed(self):
        self.create("t", 3)
        lines = b"".join(b"k%d:%d\n" % (i % 7, i) for i in range(500))
        options = ("--key-separator", ":", "--batch-records", "9")
        for durability in ("buffered", "durable"):
            out = self.produce("t", lines, "--transaction", "commit", "--print-offsets",
                               "--durability", durability, *options)
            self.assertEqual(len(out.splitlines()), 500)
        self.produce("t", lines, "--transaction", "abort", *options)
        self.assertEqual(len(self.committed("t").splitlines()), 1000)
        self.assertEqual(len(self.consume("t").splitlines()), 1500)
        self.ok("verify")

    def test_nothing_of_input_that_ends_in_an_error_is_committed(self):
        self.create("t")
        self.refused("produce", "--topic", "t", "--transaction", "commit", "--key-separator", ":",
                     stdin=b"a:1\nno key\n", mentions=["line 2", "nothing was committed"])
        self.assertEqual(self.committed("t"), b"")
        self.produce("t", b"b:2\n", "--transaction", "commit", "--key-separator", ":")
        self.assertEqual(self.committed("t"), b"2\n")

    def test_the_next_run_aborts_what_a_killed_one_has_left_open(self):
        self.create("t")
        writer = self.start("produce", "--topic", "t", "--transaction", "commit",
                            "--print-offsets")
        writer.stdin.write(b"lost\n")
        writer.stdin.flush()
        self.assertEqual(writer.stdout.readline(), b"0 0\n")
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        self.produce("t", b"behind\n")
        self.assertEqual(self.committed("t"), b"")
        self.produce("t", b"kept\n", "--transaction", "commit")
        self.assertEqual(self.committed("t"), b"behind\nkept\n")

    def test_batches_of_an_idempotent_run_are_numbered(self):
        self.create("t")
        for _ in range(2):
            self.produce("t", b"a\nb\nc\n", "--idempotent", "--batch-records", "2")
        batches = self.batches("t")
        self.assertEqual([batch["base_sequence"] for batch in batches], [0, 2, 0, 2])
        ids = [batch["producer_id"] for batch in batches]
        self.assertEqual(ids[0], ids[1])
        self.assertNotEqual(ids[1], ids[2])

    def test_transactions_are_asked_for_in_one_way(self):
        self.create("t")
        for options in (("--transaction", "perhaps"), ("--transactional-id", "x"),
                        ("--transaction", "commit", "--idempotent")):
            self.assertEqual(self.command("produce", "--topic", "t", *options).code, 1)
        self.refused("produce", "--topic", "t", "--transaction", "commit", "--transactional-id", "",
                     mentions=["transactional id"])


if __name__ == "__main__":
    unittest.main()
