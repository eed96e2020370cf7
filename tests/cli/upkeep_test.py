"""`tidemark retain` and `compact`: what is due goes, is told, and nothing else does."""

import json
import unittest

import driver


class Upkeep(driver.CliTest):
    def run_upkeep(self, command, *args):
        out = self.ok(command, "--output", "json", *args)
        return [json.loads(line) for line in out.splitlines()]

    def test_retain_by_size(self):
        for topic in ("t", "u"):
            self.create(topic, 2, "--config", "segment.bytes=200")
            self.produce(topic, b"0123456789\n" * 20, "--partition", "1", "--batch-records", "1")
            self.ok("topic alter", "--topic", topic, "--config", "retention.bytes=500")
        partitions = self.run_upkeep("retain", "--topic", "t")
        self.assertEqual([(p["topic"], p["partition"]) for p in partitions], [("t", 0), ("t", 1)])
        self.assertEqual((partitions[0]["removed_segments"], partitions[0]["reason"]), (0, None))
        gone = partitions[1]
        self.assertEqual((gone["reason"], gone["old_start_offset"], gone["error"]),
                         ("size", 0, None))
        self.assertGreater(gone["removed_segments"], 1)
        self.assertGreater(gone["removed_bytes"], 500)
        left = self.consume("t", "--format", "%o\n").split()
        self.assertEqual(int(left[0]), gone["start_offset"])
        self.assertEqual(len(left), 20 - gone["start_offset"])
        self.assertEqual(len(self.consume("u").splitlines()), 20)
        text = self.ok("retain").decode().splitlines()
        self.assertEqual(text[0].split(), ["TOPIC", "PARTITION", "OLD_START", "START", "SEGMENTS",
                                           "BYTES", "REASON"])
        self.assertEqual([line.split()[0] for line in text[1:]], ["u", "4"])
        self.assertEqual(len(self.ok("retain").splitlines()), 1)

    def test_retain_by_time(self):
        self.create("t", 1, "--config", "segment.bytes=200")
        self.produce("t", b"0123456789\n" * 20, "--batch-records", "1")
        self.assertEqual(self.run_upkeep("retain")[0]["reason"], None)
        self.ok("topic alter", "--topic", "t", "--config", "retention.ms=0")
        gone = self.run_upkeep("retain")[0]
        self.assertEqual((gone["reason"], gone["start_offset"]), ("time", 20))
        self.assertEqual(self.consume("t"), b"")

    def test_compact_keeps_the_last_of_each_key(self):
        for topic in ("t", "u"):
            self.create(topic, 1, "--config", "segment.bytes=200", "--config",
                        "cleanup.policy=compact")
            data = b"".join(b"k%d:%d\n" % (i % 3, i) for i in range(30))
            self.produce(topic, data, "--key-separator", ":", "--batch-records", "1")
        self.create("not-compacted")
        before = self.consume("t", "--format", "%o %k %v\n").splitlines()
        outcomes = self.run_upkeep("compact", "--topic", "t")
        self.assertEqual([(o["topic"], o["partition"], o["error"]) for o in outcomes],
                         [("t", 0, None)])
        outcome = outcomes[0]
        after = self.consume("t", "--format", "%o %k %v\n").splitlines()
        self.assertEqual(outcome["passes"], 1)
        self.assertEqual(outcome["first_dirty_offset"], 0)
        self.assertEqual(outcome["records_before"] - outcome["records_after"],
                         len(before) - len(after))
        self.assertGreater(outcome["bytes_before"], outcome["bytes_after"])
        self.assertGreaterEqual(outcome["segments_before"], outcome["segments_after"])
        self.assertLess(len(after), 10)
        self.assertEqual(after, [line for line in before if line in after])
        self.assertEqual([line.split()[1:] for line in after[-3:]],
                         [line.split()[1:] for line in before[-3:]])
        self.assertEqual(len(self.consume("u").splitlines()), 30)
        text = self.ok("compact").decode().splitlines()
        self.assertEqual(text[0].split(), ["TOPIC", "PARTITION", "FROM", "UNTIL", "PASSES",
                                           "SEGMENTS", "BYTES", "RECORDS"])
        self.assertIn("u", [line.split()[0] for line in text[1:]])
        self.assertEqual(len(self.consume("u").splitlines()), len(after))
        self.ok("verify")

    def test_topics_that_are_not_there(self):
        self.create("t")
        for command in ("retain", "compact"):
            self.refused(command, "--topic", "other", mentions=["other"])


if __name__ == "__main__":
    unittest.main()
