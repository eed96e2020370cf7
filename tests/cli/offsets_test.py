"""`tidemark offsets`: what is set is shown, kept and forgotten, for one group at a time."""

import json
import unittest

import driver


class Offsets(driver.CliTest):
    def setUp(self):
        super().setUp()
        self.create("orders", 3)

    def set(self, group, partition, offset, *args):
        return self.ok("offsets set", "--group", group, "--topic", "orders", "--partition",
                       str(partition), "--offset", str(offset), *args)

    def list(self, *args):
        return [json.loads(line)
                for line in self.ok("offsets list", "--output", "json", *args).splitlines()]

    def test_set_get_and_list(self):
        self.assertEqual(self.ok("offsets list"), b"")
        self.set("g", 0, 5)
        self.set("g", 2, 1000, "--metadata", "caf\u00e9")
        self.set("other group", 0, 7)
        self.set("g", 0, 6)
        rows = [(o["group"], o["topic"], o["partition"], o["offset"], o["metadata"])
                for o in self.list()]
        self.assertEqual(rows, [("g", "orders", 0, 6, ""), ("g", "orders", 2, 1000, "caf\u00e9"),
                                ("other group", "orders", 0, 7, "")])
        self.assertEqual(len(self.list("--group", "g")), 2)
        self.assertGreater(self.list()[0]["commit_time"], 1600000000000)
        text = self.ok("offsets get", "--group", "g", "--topic", "orders", "--partition", "2")
        lines = text.decode().splitlines()
        self.assertEqual(lines[0].split()[:4], ["GROUP", "TOPIC", "PARTITION", "OFFSET"])
        self.assertEqual(lines[1].split()[:5], ["g", "orders", "2", "1000", "-1"])
        self.assertIn("__consumer_offsets", self.ok("topic list").decode())

    def test_set_shows_what_holds(self):
        out = self.set("g", 1, 3, "--output", "json")
        self.assertEqual(json.loads(out)["offset"], 3)

    def test_delete(self):
        for partition in range(3):
            self.set("g", partition, 5)
        self.set("h", 0, 5)
        self.ok("offsets delete", "--group", "g", "--topic", "orders", "--partition", "0")
        self.assertEqual([o["partition"] for o in self.list("--group", "g")], [1, 2])
        self.ok("offsets delete", "--group", "g")
        self.assertEqual([o["group"] for o in self.list()], ["h"])
        self.refused("offsets delete", "--group", "g", mentions=["g"])
        self.refused("offsets get", "--group", "g", mentions=["g"])

    def test_what_cannot_be(self):
        self.refused("offsets set", "--group", "g", "--topic", "none", "--partition", "0",
                     "--offset", "1", mentions=["none"])
        self.refused("offsets set", "--group", "g", "--topic", "orders", "--partition", "3",
                     "--offset", "1", mentions=["orders-3"])
        self.refused("offsets set", "--group", "", "--topic", "orders", "--partition", "0",
                     "--offset", "1", code=driver.USAGE)
        self.refused("offsets set", "--group", "g", "--topic", "orders", "--partition", "0",
                     "--offset", "1", "--metadata", "m" * 5000, mentions=["5000"])
        self.refused("offsets set", "--group", "g", "--topic", "orders", "--partition", "0",
                     "--offset", "-1", code=driver.USAGE)
        self.refused("offsets set", "--group", "g", code=driver.USAGE)
        self.refused("offsets get", code=driver.USAGE)
        self.refused("offsets get", "--group", "g", "--partition", "1", code=driver.USAGE)
        self.assertEqual(self.list(), [])

    def test_the_topic_is_kept_from_users(self):
        self.set("g", 0, 5)
        self.refused("topic delete", "--topic", "__consumer_offsets",
                     mentions=["__consumer_offsets"])
        self.refused("produce", "--topic", "__consumer_offsets", stdin=b"a\n",
                     mentions=["__consumer_offsets"])
        self.assertEqual(len(self.list()), 1)

    def test_shown_beside_a_writer(self):
        self.set("g", 0, 5)
        writer = self.start("produce", "--topic", "orders", "--print-offsets")
        writer.stdin.write(b"a\n")
        writer.stdin.flush()
        writer.stdout.readline()
        self.assertEqual(self.list()[0]["offset"], 5)
        self.refused("offsets delete", "--group", "g", mentions=[self.data])

    def test_what_a_broker_has_written_is_what_kafkas_own_tool_prints(self):
        golden, expected = self.golden()
        committed = {}
        for name, content in sorted(expected.items()):
            if "stopped/__consumer_offsets-" not in name or "decoded" not in content:
                continue
            open_transaction = {}
            transactional = {batch["baseOffset"] for batch in content["batches"]
                             if batch["isTransactional"]}
            for offset, line in content["decoded"]:
                printed = self.printed_by_kafka(line)
                if printed is None:
                    if "COMMIT" in line:
                        committed.update(open_transaction)
                    open_transaction = {}
                    continue
                kind, key, value = printed
                if kind == 1:
                    place = (key["group"], key["topic"], key["partition"])
                    target = open_transaction if offset in transactional else committed
                    target[place] = None if value is None else (value["offset"], value["metadata"])
        wanted = {place: what for place, what in committed.items() if what is not None}
        self.data = golden + "/stopped"
        found = {(o["group"], o["topic"], o["partition"]): (o["offset"], o["metadata"])
                 for o in self.list()}
        self.assertEqual(found, wanted)
        self.assertEqual(found["transactional-group", "transactions", 0], (3, "in a transaction"))
        self.assertGreater(len(found), 4)


if __name__ == "__main__":
    unittest.main()
