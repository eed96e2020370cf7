"""Several data directories: every command that takes one takes all of them."""

import json
import os
import shutil
import unittest

import driver


class Directories(driver.CliTest):
    def setUp(self):
        super().setUp()
        self.second = os.path.join(self.root, "second")
        self.all = ["--data-dir", self.data, "--data-dir", self.second]

    def on_all(self, name, *args, code=driver.DONE, mentions=(), **kwargs):
        result = self.run_tidemark(*name.split(), *self.all, *args, **kwargs)
        self.assertEqual(result.code, code, result.err)
        for text in mentions:
            self.assertIn(text, result.err)
        if not mentions:
            self.assertEqual(result.err, "")
        return result.out.decode()

    def fill(self):
        """A topic with partitions 0 and 2 in the first directory, 1 and 3 in the second."""
        self.on_all("topic create", "--topic", "t", "--partitions", "4")
        for partition in range(4):
            self.on_all("produce", "--topic", "t", "--partition", str(partition),
                        stdin=b"in %d\n" % partition)
        self.assertTrue(os.path.isdir(os.path.join(self.data, "t-2")))
        self.assertTrue(os.path.isdir(os.path.join(self.second, "t-3")))
        self.assertFalse(os.path.exists(os.path.join(self.second, "t.topic")))

    def test_readers_see_the_partitions_of_all(self):
        self.fill()
        self.assertEqual(self.on_all("consume", "--topic", "t"), "in 0\nin 1\nin 2\nin 3\n")
        described = json.loads(self.on_all("topic describe", "--output", "json"))
        self.assertEqual([one["end_offset"] for one in described["partitions"]], [1] * 4)
        listed = json.loads(self.on_all("topic list", "--output", "json"))
        self.assertEqual(listed["partition_count"], 4)
        totals = json.loads(self.on_all("verify", "--output", "json"))
        self.assertEqual((totals["partitions"], totals["records"], totals["damage"]), (4, 4, 0))

    def test_writers_work_on_all(self):
        self.fill()
        self.on_all("topic alter", "--topic", "t", "--partitions", "6")
        self.assertTrue(os.path.isdir(os.path.join(self.second, "t-5")))
        for partition in range(6):
            self.on_all("offsets set", "--group", "g", "--topic", "t", "--partition",
                        str(partition), "--offset", "1" if partition < 4 else "0")
        self.assertEqual(len(self.on_all("offsets get", "--group", "g", "--output",
                                         "json").splitlines()), 6)
        self.assertEqual(self.on_all("consume", "--topic", "t", "--group", "g"), "")
        self.on_all("offsets delete", "--group", "g", "--topic", "t", "--partition", "1")
        self.assertEqual(self.on_all("consume", "--topic", "t", "--group", "g", "--commit"),
                         "in 1\n")
        listed = [json.loads(line)
                  for line in self.on_all("offsets list", "--output", "json").splitlines()]
        self.assertEqual(listed[1]["offset"], 1)
        deleted = json.loads(self.on_all("records delete", "--topic", "t", "--partition", "3",
                                         "--before", "1", "--output", "json"))
        self.assertEqual(deleted["start_offset"], 1)
        for command in ("retain", "compact"):
            looked_at = self.on_all(command, "--topic", "t", "--output", "json").splitlines()
            self.assertEqual(len(looked_at), 6 if command == "retain" else 0, looked_at)
        self.on_all("topic delete", "--topic", "t")
        self.assertFalse(os.path.exists(os.path.join(self.second, "t-1")))
        self.assertFalse(os.path.exists(os.path.join(self.data, "t.topic")))

    def test_recover_puts_all_of_them_right(self):
        self.fill()
        for directory in (self.data, self.second):
            os.remove(os.path.join(directory, ".kafka_cleanshutdown"))
        for flags in (["--dry-run"], []):
            lines = [json.loads(line) for line in
                     self.on_all("recover", "--output", "json", *flags).splitlines()]
            self.assertEqual([line.get("state") for line in lines], ["recovered"] * 4 + [None])
        self.assertTrue(os.path.exists(os.path.join(self.second, ".kafka_cleanshutdown")))

    def test_a_directory_that_is_not_there_is_named(self):
        self.fill()
        shutil.move(self.second, self.second + ".away")
        for command in ("consume --topic t", "produce --topic t", "topic list", "topic describe",
                        "topic delete --topic t", "topic alter --topic t --partitions 9",
                        "offsets list", "offsets get --group g", "offsets delete --group g",
                        "records delete --topic t --partition 0 --before 1", "retain", "compact",
                        "verify", "recover", "recover --dry-run"):
            self.on_all(command, code=driver.REFUSED, mentions=[self.second])
        self.assertFalse(os.path.exists(self.second))

    def test_the_one_with_the_topics_files_comes_first(self):
        self.fill()
        self.all = ["--data-dir", self.second, "--data-dir", self.data]
        for command in ("consume --topic t", "produce --topic t", "topic list", "offsets list",
                        "verify", "recover", "retain"):
            self.on_all(command, code=driver.REFUSED,
                        mentions=[os.path.join(self.data, "t.topic"), "first"])

    def test_a_partition_in_two_of_them_is_refused_by_both_names(self):
        self.fill()
        shutil.copytree(os.path.join(self.second, "t-1"), os.path.join(self.data, "t-1"))
        for command in ("consume --topic t", "produce --topic t", "topic list", "offsets list",
                        "verify", "recover"):
            self.on_all(command, code=driver.REFUSED, mentions=[
                os.path.join(self.data, "t-1"), os.path.join(self.second, "t-1")])

    def test_one_that_is_locked_is_named(self):
        self.fill()
        other = self.start("produce", "--topic", "t", "--partition", "0", "--print-offsets")
        other.stdin.write(b"x\n")
        other.stdin.flush()
        self.assertTrue(other.stdout.readline())
        shutil.move(os.path.join(self.data, "t.topic"), os.path.join(self.second, "t.topic"))
        self.all = ["--data-dir", self.second, "--data-dir", self.data]
        self.on_all("produce", "--topic", "t", code=driver.REFUSED,
                    mentions=[self.data + ":", "open already"])

    def test_one_that_is_no_directory_is_named(self):
        self.create("t")
        with open(self.second, "wb"):
            pass
        for command in ("consume --topic t", "produce --topic t", "verify", "recover"):
            self.on_all(command, code=driver.REFUSED, mentions=[self.second])

    def test_damage_in_any_of_them_is_found(self):
        self.fill()
        path = os.path.join(self.second, "t-3", "%020d.log" % 0)
        with open(path, "r+b") as file:
            file.seek(65)
            file.write(b"X")
        out = self.on_all("verify", code=driver.DAMAGE)
        self.assertIn("t-3: " + path, out)
        self.on_all("consume", "--topic", "t", code=driver.DAMAGE, mentions=[path])

    def test_a_topic_that_is_not_there_is_to_be_made_in_all(self):
        self.fill()
        self.on_all("produce", "--topic", "u", code=driver.REFUSED, mentions=[
            "topic create --data-dir %s --data-dir %s --topic u" % (self.data, self.second)])
        self.on_all("consume", "--topic", "u", code=driver.REFUSED,
                    mentions=[self.data + ", " + self.second])

    def test_names_that_cannot_be_are_usage(self):
        self.all = ["--data-dir", "d", "--data-dir", "d/"]
        self.on_all("topic list", code=driver.USAGE, mentions=["d is given twice"])
        self.all = ["--data-dir", ""]
        self.on_all("topic list", code=driver.USAGE, mentions=["--data-dir"])
        self.all = ["--data-dir", "d", "e"]
        self.on_all("topic list", code=driver.USAGE, mentions=["e"])


if __name__ == "__main__":
    unittest.main()
