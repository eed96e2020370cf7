"""`tidemark records delete`: what is below the offset is gone, and nothing else."""

import json
import os
import unittest

import driver


class Records(driver.CliTest):
    def delete(self, before, *args):
        out = self.ok("records delete", "--topic", "t", "--partition", "0", "--before",
                      str(before), "--output", "json", *args)
        return json.loads(out)

    def test_records_below_the_offset_are_gone(self):
        self.create("t", 2, "--config", "segment.bytes=200", "--config", "file.delete.delay.ms=0")
        data = b"".join(b"%d\n" % i for i in range(50))
        for partition in ("0", "1"):
            self.produce("t", data, "--partition", partition, "--batch-records", "1")
        self.assertEqual(self.delete(25), {"topic": "t", "partition": 0, "old_start_offset": 0,
                                           "start_offset": 25, "end_offset": 50})
        self.assertEqual(self.consume("t", "--partition", "0"), data[data.index(b"25\n"):])
        self.assertEqual(self.consume("t", "--partition", "1"), data)
        self.refused("consume", "--topic", "t", "--partition", "0", "--offset", "24",
                     mentions=["t-0", "from 25 to 50"])
        self.assertEqual(self.delete(10)["start_offset"], 25)
        self.assertEqual(self.delete(50)["start_offset"], 50)
        self.assertEqual(self.consume("t", "--partition", "0"), b"")
        out = self.command("produce", "--topic", "t", "--partition", "0", "--print-offsets",
                           stdin=b"a\n").out
        self.assertEqual(out, b"0 50\n")
        self.assertEqual(self.consume("t", "--partition", "0"), b"a\n")

    def test_text(self):
        self.create("t")
        self.produce("t", b"a\nb\n")
        args = ["--topic", "t", "--partition", "0", "--before", "1"]
        self.assertEqual(self.ok("records delete", *args),
                         b"t-0: records deleted: the log now goes from 1 to 2\n")
        self.assertEqual(self.ok("records delete", *args),
                         b"t-0: nothing to delete: the log goes from 1 to 2\n")

    def test_what_cannot_be_is_refused_and_nothing_goes(self):
        self.create("t")
        self.produce("t", b"a\nb\n")
        for args, mentions in ((["t", "0", "3"], ["t-0", "3"]),
                               (["t", "0", "9223372036854775807"], ["t-0"]),
                               (["t", "1", "1"], ["partition 1"]),
                               (["other", "0", "1"], ["other"])):
            self.refused("records delete", "--topic", args[0], "--partition", args[1], "--before",
                         args[2], mentions=mentions)
        self.assertEqual(self.consume("t"), b"a\nb\n")
        self.data = os.path.join(self.root, "nowhere")
        self.refused("records delete", "--topic", "t", "--partition", "0", "--before", "1",
                     mentions=["topic create"])


if __name__ == "__main__":
    unittest.main()
