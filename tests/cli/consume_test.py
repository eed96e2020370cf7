"""`tidemark consume`: prints records and nothing else, beside a writer or without one."""

import json
import os
import signal
import unittest

import driver


class Consume(driver.CliTest):
    def test_formats(self):
        self.create("t", 2)
        self.produce("t", b"k1:v1\n", "--key-separator", ":", "--partition", "1")
        out = self.consume("t", "--format", "%t|%p|%o|%k|%v|%h|%%|\\t|\\\\|\\n")
        self.assertEqual(out, b"t|1|0|k1|v1||%|\t|\\|\n")
        timestamp = int(self.consume("t", "--format", "%T"))
        self.assertGreater(timestamp, 1600000000000)
        self.assertEqual(self.consume("t", "--format", ""), b"")

    def test_partitions_one_by_one_and_each_in_order(self):
        self.create("t", 3)
        for partition in ("2", "0", "1"):
            self.produce("t", b"a\nb\n", "--partition", partition)
        self.assertEqual(self.consume("t", "--format", "%p%v "), b"0a 0b 1a 1b 2a 2b ")
        self.assertEqual(self.consume("t", "--partition", "1", "--format", "%p%v "), b"1a 1b ")
        self.refused("consume", "--topic", "t", "--partition", "3", mentions=["partition 3", "t"])
        self.refused("consume", "--topic", "other", mentions=["other", self.data])

    def test_where_to_begin_and_to_end(self):
        self.create("t")
        self.produce("t", b"0\n1\n2\n3\n4\n", "--batch-records", "2")
        self.assertEqual(self.consume("t", "--offset", "earliest"), b"0\n1\n2\n3\n4\n")
        self.assertEqual(self.consume("t", "--offset", "latest"), b"")
        self.assertEqual(self.consume("t", "--offset", "3"), b"3\n4\n")
        self.assertEqual(self.consume("t", "--offset", "5"), b"")
        self.assertEqual(self.consume("t", "--max-records", "3"), b"0\n1\n2\n")
        self.assertEqual(self.consume("t", "--offset", "1", "--max-records", "2"), b"1\n2\n")
        self.assertEqual(self.consume("t", "--max-records", "0"), b"")
        result = self.refused("consume", "--topic", "t", "--offset", "6",
                              mentions=["t-0", "6", "from 0 to 5"])
        self.assertEqual(result.out, b"")

    def test_an_offset_outside_of_one_partition_prints_nothing_of_the_others(self):
        self.create("t", 2)
        self.produce("t", b"a\nb\n", "--partition", "0")
        result = self.refused("consume", "--topic", "t", "--offset", "1", mentions=["t-1"])
        self.assertEqual(result.out, b"")

    def test_from_a_time_on(self):
        self.create("t")
        self.produce("t", b"a\nb\n", "--batch-records", "1")
        times = self.consume("t", "--format", "%T\n").split()
        self.assertEqual(self.consume("t", "--timestamp", "0"), b"a\nb\n")
        after = str(int(times[-1]) + 1)
        self.assertEqual(self.consume("t", "--timestamp", after), b"")

    def test_isolation_as_kafkas_own_consumer_has_it(self):
        golden, expected = self.golden()
        for place in ("stopped/transactions-0", "stopped/compacted-0", "cleaned/compacted-0"):
            self.data, partition = os.path.split(os.path.join(golden, place))
            topic = partition[:-2]
            for isolation in ("read_uncommitted", "read_committed"):
                offsets = expected[place][isolation]
                args = ["--isolation", isolation, "--format", "%o "]
                out = self.consume(topic, *args)
                self.assertEqual([int(o) for o in out.split()], offsets, (place, isolation))
                for first in (offsets[len(offsets) // 2], offsets[-1]):
                    out = self.consume(topic, *args, "--offset", str(first))
                    self.assertEqual([int(o) for o in out.split()],
                                     [o for o in offsets if o >= first], (place, isolation))
                self.assertEqual(self.consume(topic, *args, "--offset", "latest"), b"")

    def test_reads_across_segments(self):
        self.create("t", 1, "--config", "segment.bytes=1000")
        data = b"".join(b"line %d\n" % i for i in range(5000))
        self.produce("t", data, "--batch-records", "7")
        self.assertEqual(self.consume("t"), data)
        self.assertEqual(self.consume("t", "--offset", "4990"), data[data.index(b"line 4990\n"):])

    def test_changes_nothing(self):
        self.create("t")
        self.produce("t", b"a\nb\n")
        before = self.files()
        self.consume("t")
        self.ok("topic describe")
        self.assertEqual(self.files(), before)

    def test_follows_a_writer_until_it_has_enough(self):
        self.create("t", 2)
        self.produce("t", b"old\n", "--partition", "0")
        reader = self.start("consume", "--topic", "t", "--follow", "--max-records", "3",
                            "--format", "%p%v\n")
        self.assertEqual(reader.stdout.readline(), b"0old\n")
        writer = self.start("produce", "--topic", "t", "--partition", "1")
        for line in (b"one", b"two"):
            writer.stdin.write(line + b"\n")
            writer.stdin.flush()
            self.assertEqual(reader.stdout.readline(), b"1" + line + b"\n")
        self.assertEqual(reader.wait(timeout=60), driver.DONE)

    def test_follows_across_a_killed_writer_and_new_segments(self):
        self.create("t", 1, "--config", "segment.bytes=300")
        reader = self.start("consume", "--topic", "t", "--follow")
        count = 0
        for _ in range(3):
            writer = self.start("produce", "--topic", "t", "--print-offsets")
            for _ in range(10):
                writer.stdin.write(b"line %d\n" % count)
                writer.stdin.flush()
                self.assertTrue(writer.stdout.readline())
                self.assertEqual(reader.stdout.readline(), b"line %d\n" % count)
                count += 1
            writer.send_signal(signal.SIGKILL)
            writer.wait()

    def test_sees_partitions_that_are_added_while_it_follows(self):
        self.create("t")
        self.produce("t", b"a\n")
        reader = self.start("consume", "--topic", "t", "--follow")
        self.assertEqual(reader.stdout.readline(), b"a\n")
        self.ok("topic alter", "--topic", "t", "--partitions", "2")
        self.produce("t", b"b\n", "--partition", "1")
        self.assertEqual(reader.stdout.readline(), b"b\n")

    def test_an_interrupt_ends_following_properly(self):
        self.create("t")
        self.produce("t", b"a\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            reader = self.start("consume", "--topic", "t", "--follow")
            self.assertEqual(reader.stdout.readline(), b"a\n")
            reader.send_signal(number)
            self.assertEqual(reader.wait(timeout=60), driver.DONE)
            self.assertEqual(reader.stderr.read(), b"")

    def test_ends_quietly_when_nobody_reads_any_more(self):
        self.create("t")
        self.produce("t", b"a line of some length\n" * 30000)
        for args in ([], ["--follow"]):
            reader = self.start("consume", "--topic", "t", *args)
            self.assertTrue(reader.stdout.readline())
            reader.stdout.close()
            self.assertEqual(reader.wait(timeout=60), driver.DONE)
            self.assertEqual(reader.stderr.read(), b"")

    def test_an_idle_follower_ends_when_nobody_reads_any_more(self):
        self.create("t")
        self.produce("t", b"a\n")
        reader = self.start("consume", "--topic", "t", "--follow")
        self.assertEqual(reader.stdout.readline(), b"a\n")
        reader.stdout.close()
        self.assertEqual(reader.wait(timeout=60), driver.DONE)

    def test_a_topic_that_is_deleted_ends_following_with_an_error(self):
        self.create("t")
        self.produce("t", b"a\n")
        reader = self.start("consume", "--topic", "t", "--follow")
        self.assertEqual(reader.stdout.readline(), b"a\n")
        self.ok("topic delete", "--topic", "t")
        self.assertEqual(reader.wait(timeout=60), driver.REFUSED)
        self.assertIn(b"t-0", reader.stderr.read())

    def test_a_group_goes_on_where_it_has_come_to(self):
        self.create("orders", 2)
        self.produce("orders", b"a\nb\nc\n", "--partition", "0")
        self.produce("orders", b"x\n", "--partition", "1")
        group = ["--group", "g"]
        self.assertEqual(self.consume("orders", *group), b"a\nb\nc\nx\n")
        two = self.consume("orders", *group, "--commit", "--max-records", "2")
        self.assertEqual(two, b"a\nb\n")
        self.assertEqual(self.consume("orders", *group), b"c\nx\n")
        self.assertEqual(self.consume("orders", "--group", "other"), b"a\nb\nc\nx\n")
        self.assertEqual(self.consume("orders", *group, "--commit"), b"c\nx\n")
        self.assertEqual(self.consume("orders", *group, "--commit"), b"")
        self.produce("orders", b"d\n", "--partition", "0")
        self.assertEqual(self.consume("orders", *group, "--commit"), b"d\n")
        offsets = [json.loads(line) for line in
                   self.ok("offsets get", *group, "--output", "json").splitlines()]
        self.assertEqual([(o["partition"], o["offset"]) for o in offsets], [(0, 4), (1, 1)])

    def test_a_group_whose_offset_is_not_in_the_log_begins_elsewhere(self):
        self.create("orders")
        self.produce("orders", b"a\nb\n")
        self.ok("offsets set", "--group", "g", "--topic", "orders", "--partition", "0", "--offset",
                "9")
        self.assertEqual(self.consume("orders", "--group", "g"), b"a\nb\n")
        self.assertEqual(self.consume("orders", "--group", "g", "--offset", "latest"), b"")

    def test_commit_while_following(self):
        self.create("orders")
        self.produce("orders", b"a\nb\n")
        reader = self.start("consume", "--topic", "orders", "--group", "g", "--commit", "--follow")
        self.assertEqual([reader.stdout.readline() for _ in range(2)], [b"a\n", b"b\n"])
        reader.send_signal(signal.SIGINT)
        self.assertEqual(reader.wait(), driver.DONE)
        self.assertEqual(self.consume("orders", "--group", "g"), b"")


if __name__ == "__main__":
    unittest.main()
