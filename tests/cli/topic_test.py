"""`tidemark topic`: what is made is listed, described and deleted, and nothing else."""

import json
import os
import unittest

import driver


class Topic(driver.CliTest):
    def describe(self, *args):
        out = self.ok("topic describe", "--output", "json", *args)
        return [json.loads(line) for line in out.splitlines()]

    def test_create_makes_the_directory_and_shows_the_topic(self):
        out = self.ok("topic create", "--topic", "orders", "--partitions", "3", "--config",
                      "segment.bytes=5000", "--config", "cleanup.policy=delete", "--output", "json")
        topic = json.loads(out)
        self.assertEqual(topic["topic"], "orders")
        self.assertEqual(topic["partition_count"], 3)
        self.assertEqual(topic["config"], {"segment.bytes": "5000", "cleanup.policy": "delete"})
        self.assertEqual([p["partition"] for p in topic["partitions"]], [0, 1, 2])
        self.assertEqual(self.describe("--topic", "orders"), [topic])

    def test_one_partition_unless_asked_otherwise(self):
        self.ok("topic create", "--topic", "orders")
        self.assertEqual(self.describe()[0]["partition_count"], 1)

    def test_list_as_text_and_json(self):
        self.create("orders", 3)
        self.create("alerts", 12)
        lines = self.ok("topic list").decode().splitlines()
        self.assertEqual(lines[0].split(), ["TOPIC", "PARTITIONS", "ID"])
        self.assertEqual([line.split()[:2] for line in lines[1:]],
                         [["alerts", "12"], ["orders", "3"]])
        objects = [json.loads(line)
                   for line in self.ok("topic list", "--output", "json").splitlines()]
        self.assertEqual([(o["topic"], o["partition_count"]) for o in objects],
                         [("alerts", 12), ("orders", 3)])
        self.assertEqual([o["topic_id"] for o in objects], [line.split()[2] for line in lines[1:]])

    def test_describe_shows_offsets_and_settings(self):
        self.create("orders", 2, "--config", "segment.bytes=200")
        self.produce("orders", b"a\nb\nc\n" * 40, "--partition", "1", "--batch-records", "3")
        topic = self.describe("--topic", "orders")[0]
        self.assertEqual([(p["start_offset"], p["end_offset"]) for p in topic["partitions"]],
                         [(0, 0), (0, 120)])
        self.assertGreater(topic["partitions"][1]["segments"], 10)
        text = self.ok("topic describe", "--topic", "orders").decode()
        self.assertIn("segment.bytes=200", text)
        self.assertEqual(text.splitlines()[-1].split()[:3], ["1", "0", "120"])

    def test_delete_removes_the_topic_and_its_files(self):
        self.create("orders", 2)
        self.create("alerts")
        self.produce("orders", b"a\n")
        self.ok("topic delete", "--topic", "orders")
        self.assertEqual(self.ok("topic list").split()[3], b"alerts")
        self.assertEqual([p for p in self.files() if "orders" in p], [])
        self.refused("consume", "--topic", "orders", mentions=["orders", self.data])

    def test_alter_changes_settings_and_adds_partitions(self):
        self.create("orders", 2, "--config", "segment.bytes=5000", "--config", "flush.messages=9")
        self.ok("topic alter", "--topic", "orders", "--config", "segment.bytes=6000",
                "--delete-config", "flush.messages", "--partitions", "3")
        topic = self.describe("--topic", "orders")[0]
        self.assertEqual(topic["config"], {"segment.bytes": "6000"})
        self.assertEqual(len(topic["partitions"]), 3)
        self.refused("topic alter", "--topic", "orders", "--partitions", "3", mentions=["orders"])
        self.refused("topic alter", "--topic", "orders", "--config", "no.such=1",
                     mentions=["no.such"])
        self.refused("topic alter", "--topic", "other", "--partitions", "3", mentions=["other"])

    def test_alter_changes_all_or_nothing(self):
        self.create("orders", 2)
        before = self.describe("--topic", "orders")
        for bad in (["--config", "flush.messages=9", "--partitions", "2"],
                    ["--config", "flush.messages=9", "--partitions", "1"],
                    ["--config", "segment.bytes=many", "--partitions", "3"],
                    ["--delete-config", "no.such", "--partitions", "3"]):
            self.refused("topic alter", "--topic", "orders", *bad, mentions=["orders"])
            self.assertEqual(self.describe("--topic", "orders"), before)

    def test_create_refuses_what_kafka_would_refuse(self):
        self.create("orders")
        self.refused("topic create", "--topic", "orders", mentions=["orders"])
        for name in ("a/b", "../x", "..", ".", "", "a b", "x" * 250):
            self.refused("topic create", "--topic", name)
        self.refused("topic create", "--topic", "x", "--config", "no.such=1",
                     mentions=["no.such"])
        self.refused("topic create", "--topic", "x", "--config", "segment.bytes=many",
                     mentions=["segment.bytes"])
        self.assertEqual(len(self.ok("topic list").splitlines()), 2)
        self.assertEqual(sorted(os.listdir(self.root)), ["data"])

    def test_directories_that_are_not_there(self):
        for command in ("topic list", "topic describe"):
            self.refused(command, mentions=[self.data, "topic create"])
        for command in ("topic delete", "produce", "consume"):
            self.refused(command, "--topic", "t", mentions=[self.data, "topic create"])
        self.assertFalse(os.path.exists(self.data))
        self.data = os.path.join(self.root, "no", "parent")
        self.refused("topic create", "--topic", "t", mentions=[self.data])

    def test_a_file_in_place_of_the_directory(self):
        with open(self.data, "w", encoding="utf-8"):
            pass
        for command in ("topic list", "topic create", "topic delete", "produce", "consume"):
            topic = [] if command == "topic list" else ["--topic", "t"]
            self.refused(command, *topic, mentions=[self.data])

    def test_listing_works_beside_a_writer_and_changing_does_not(self):
        self.create("orders")
        writer = self.start("produce", "--topic", "orders", "--print-offsets")
        writer.stdin.write(b"a\n")
        writer.stdin.flush()
        self.assertEqual(writer.stdout.readline(), b"0 0\n")
        self.assertIn(b"orders", self.ok("topic list"))
        self.assertEqual(self.describe()[0]["partitions"][0]["end_offset"], 1)
        self.refused("topic create", "--topic", "x", mentions=[self.data])
        self.refused("topic delete", "--topic", "orders", mentions=[self.data])


if __name__ == "__main__":
    unittest.main()
