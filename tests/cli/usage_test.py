"""Command lines that are wrong are told apart from data that is refused: exit code 1, not 2."""

import unittest

import driver


class Usage(driver.CliTest):
    def wrong(self, *args):
        result = self.run_tidemark(*args)
        self.assertEqual(result.code, driver.USAGE, (args, result.err))
        self.assertTrue(result.err.startswith("tidemark: "), result.err)
        self.assertIn("tidemark --help", result.err)
        self.assertEqual(result.out, b"")

    def test_commands_and_flags_that_do_not_exist(self):
        self.wrong()
        self.wrong("frobnicate")
        self.wrong("topic")
        self.wrong("topic", "rename")
        self.wrong("--verbose")
        for command in (["topic", "create"], ["produce"], ["consume"]):
            required = ["--data-dir", "d", "--topic", "t"]
            self.wrong(*command, *required, "--no-such-flag")
            self.wrong(*command, *required, "stray")

    def test_required_flags(self):
        for command in (["topic", "create"], ["topic", "delete"], ["produce"], ["consume"]):
            self.wrong(*command)
            self.wrong(*command, "--data-dir", "d")
            self.wrong(*command, "--topic", "t")
            self.wrong(*command, "--data-dir", "d", "--topic")
        self.wrong("recover")
        self.wrong("records")
        records = ["records", "delete", "--data-dir", "d", "--topic", "t", "--partition", "0"]
        self.wrong(*records)
        self.wrong(*records, "--before", "-1")
        self.wrong(*records, "--before", "latest")
        self.wrong("topic", "list")
        self.wrong("topic", "describe")

    def test_values_that_do_not_parse(self):
        produce = ["produce", "--data-dir", "d", "--topic", "t"]
        self.wrong(*produce, "--partition", "-1")
        self.wrong(*produce, "--partition", "x")
        self.wrong(*produce, "--partition", "99999999999")
        self.wrong(*produce, "--durability", "perhaps")
        self.wrong(*produce, "--durability", "1")
        self.wrong(*produce, "--compression", "zip")
        self.wrong(*produce, "--batch-records", "0")
        self.wrong(*produce, "--key-separator", "")
        self.wrong(*produce, "--key-separator", "\\q")
        consume = ["consume", "--data-dir", "d", "--topic", "t"]
        self.wrong(*consume, "--offset", "first")
        self.wrong(*consume, "--offset", "-1")
        self.wrong(*consume, "--offset", "0", "--timestamp", "0")
        self.wrong(*consume, "--timestamp", "noon")
        self.wrong(*consume, "--max-records", "-1")
        self.wrong(*consume, "--commit")
        self.wrong(*consume, "--group", "")
        self.wrong(*consume, "--isolation", "serializable")
        self.wrong(*consume, "--format", "%z")
        self.wrong(*consume, "--format", "\\q")
        self.wrong("topic", "create", "--data-dir", "d", "--topic", "t", "--partitions", "0")
        self.wrong("topic", "create", "--data-dir", "d", "--topic", "t", "--config", "novalue")
        alter = ["topic", "alter", "--data-dir", "d", "--topic", "t"]
        self.wrong(*alter)
        self.wrong(*alter, "--config", "a=1", "--delete-config", "a")
        self.wrong(*alter, "--delete-config")
        self.wrong(*alter, "--delete-config", "a", "stray")
        self.wrong(*alter, "--config", "a=1", "b=2")
        self.wrong(*produce, "--tombstones")
        self.wrong("topic", "list", "--data-dir", "d", "--output", "xml")

    def test_a_group_without_a_name(self):
        for command in (["get"], ["list"], ["delete"],
                        ["set", "--topic", "t", "--partition", "0", "--offset", "1"]):
            self.wrong("offsets", *command, "--data-dir", "d", "--group", "")

    def test_help_is_no_error(self):
        for command in ([], ["topic"], ["topic", "create"], ["topic", "list"], ["produce"],
                        ["consume"], ["dump"], ["verify"], ["recover"],
                        ["records", "delete"], ["retain"], ["compact"]):
            for flag in ("--help", "-h"):
                result = self.run_tidemark(*command, flag)
                self.assertEqual((result.code, result.err), (driver.DONE, ""))
                self.assertIn(b"Usage: tidemark" + b"".join(b" " + c.encode() for c in command),
                              result.out)


if __name__ == "__main__":
    unittest.main()
