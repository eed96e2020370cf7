"""What cannot be is refused by name, with exit code 2, and changes nothing."""

import unittest

import driver

BAD_SETTINGS = [
    "segment.bytes=0", "segment.bytes=13", "segment.bytes=99999999999", "segment.bytes=",
    "segment.bytes=1e6", "segment.bytes= 5", "segment.ms=0",
    "retention.ms=-2", "retention.ms=9223372036854775808",
    "max.message.bytes=-1", "cleanup.policy=shrink", "cleanup.policy=compact,compact",
    "min.cleanable.dirty.ratio=2", "min.cleanable.dirty.ratio=-0.1",
    "min.cleanable.dirty.ratio=nan", "compression.type=zip", "compression.gzip.level=10",
    "delete.retention.ms=-1", "min.compaction.lag.ms=-1", "max.compaction.lag.ms=0",
    "message.timestamp.type=never", "file.delete.delay.ms=-1", "index.interval.bytes=-1",
    "flush.messages=0", "no.such.setting=1", "Segment.Bytes=5000",
]

BAD_TOPICS = ["", ".", "..", "a/b", "a b", "a\tb", "\u00e4", "x" * 250, "a\nb", "-/../x"]


class BadInput(driver.CliTest):
    def test_settings_out_of_bounds(self):
        self.create("t", 1, "--config", "segment.bytes=5000")
        before = self.files()
        for setting in BAD_SETTINGS:
            name = setting.split("=")[0]
            self.refused("topic create", "--topic", "x", "--config", setting, mentions=[name])
            self.refused("topic alter", "--topic", "t", "--config", setting, mentions=[name, "t"])
        self.refused("topic alter", "--topic", "t", "--config", "min.compaction.lag.ms=10",
                     "--config", "max.compaction.lag.ms=5", mentions=["compaction.lag.ms"])
        self.assertEqual(self.files(), before)

    def test_topics_with_odd_names(self):
        self.create("t")
        before = self.files()
        for topic in BAD_TOPICS:
            self.refused("topic create", "--topic", topic)
            for command in ("topic delete", "produce", "consume"):
                self.refused(command, "--topic", topic)
            self.refused("topic alter", "--topic", topic, "--partitions", "3")
        self.assertEqual(self.files(), before)

    def test_partition_counts_that_are_too_large(self):
        self.create("t")
        before = self.files()
        for count in ("100001", "2147483647"):
            self.refused("topic create", "--topic", "x", "--partitions", count, mentions=[count])
            self.refused("topic alter", "--topic", "t", "--partitions", count, mentions=[count])
        self.assertEqual(self.files(), before)

    def test_internal_topics_are_not_for_users(self):
        self.ok("topic create", "--topic", "__consumer_offsets")
        self.refused("produce", "--topic", "__consumer_offsets", stdin=b"a\n",
                     mentions=["__consumer_offsets", "line 1"])


if __name__ == "__main__":
    unittest.main()
