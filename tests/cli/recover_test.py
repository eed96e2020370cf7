"""`tidemark recover`: puts right what a crash left; a dry run tells the same before."""

import json
import os
import unittest

import driver

# A batch of one letter.
BATCH_BYTES = 69


class Recover(driver.CliTest):
    def segment(self, partition=0, base_offset=0, kind="log"):
        return os.path.join(self.data, "t-%d" % partition, "%020d.%s" % (base_offset, kind))

    def write_and_kill(self, lines, *args):
        """A directory as a killed writer of these lines leaves it."""
        writer = self.start("produce", "--topic", "t", "--print-offsets", "--batch-records", "1",
                            *args)
        writer.stdin.write(b"".join(line + b"\n" for line in lines))
        writer.stdin.flush()
        for _ in lines:
            self.assertTrue(writer.stdout.readline())
        writer.kill()
        writer.wait()

    def change(self, path, position, replacement):
        with open(path, "r+b") as file:
            file.seek(position)
            file.write(replacement)

    def recover(self, *args, code=driver.DONE):
        """The objects of the partitions, and that of the whole."""
        result = self.command("recover", "--output", "json", *args)
        self.assertEqual((result.code, result.err), (code, ""), result.out)
        objects = [json.loads(line) for line in result.out.splitlines()]
        for one in objects:
            one.pop("duration_ms")
        return objects[:-1], objects[-1]

    def dry_run(self, code=driver.DONE):
        before = self.files()
        partitions, total = self.recover("--dry-run", code=code)
        self.assertEqual(self.files(), before)
        self.assertTrue(total.pop("dry_run"))
        return partitions, total

    def both(self, code=driver.DONE):
        """What recovery does, which a dry run has foretold to the last field."""
        foretold = self.dry_run(code)
        done, total = self.recover(code=code)
        self.assertFalse(total.pop("dry_run"))
        self.assertEqual((done, total), foretold)
        return done, total

    def test_a_clean_directory_needs_nothing(self):
        self.create("t", 2)
        self.produce("t", b"a\n")
        partitions, total = self.both()
        self.assertEqual([p["state"] for p in partitions], ["clean", "clean"])
        self.assertTrue(total["was_clean"])
        text = self.ok("recover").decode()
        self.assertEqual(len(text.splitlines()), 1)
        self.assertIn("2 partitions, 2 clean, 0 offline", text)

    def test_a_torn_tail_is_cut(self):
        self.create("t")
        self.write_and_kill([b"a", b"b", b"c"])
        self.change(self.segment(), 3 * BATCH_BYTES - 5, b"\0" * 5)
        with open(self.segment(), "rb") as file:
            dropped = len(file.read().rstrip(b"\0")) - 2 * BATCH_BYTES
        partitions, total = self.both()
        self.assertEqual(partitions[0]["state"], "recovered")
        self.assertEqual(partitions[0]["batches_kept"], 2)
        self.assertEqual(partitions[0]["scanned_bytes"], 2 * BATCH_BYTES)
        self.assertEqual(partitions[0]["dropped_bytes"], dropped)
        self.assertIn(self.segment(), partitions[0]["notes"][0])
        self.assertEqual((total["was_clean"], total["dropped_bytes"]), (False, dropped))
        self.assertEqual(os.path.getsize(self.segment()), 2 * BATCH_BYTES)
        self.assertEqual(self.consume("t"), b"a\nb\n")
        self.assertEqual(self.recover()[0][0]["state"], "clean")

    def test_segments_behind_a_torn_one_are_dropped_and_indexes_rebuilt(self):
        self.create("t", 1, "--config", "segment.bytes=200", "--config", "index.interval.bytes=0")
        self.write_and_kill([b"abcdefgh"[i:i + 1] for i in range(8)])
        os.remove(self.segment(kind="index"))
        self.change(self.segment(base_offset=4), 20, b"XXXX")
        partitions, total = self.both()
        self.assertEqual(partitions[0]["dropped_segments"], 1)
        self.assertEqual(total["dropped_segments"], 1)
        self.assertIn("%020d.index" % 0, partitions[0]["rebuilt_files"])
        self.assertEqual(self.consume("t"), b"a\nb\nc\nd\n")
        text = self.ok("recover", "--dry-run").decode()
        self.assertIn("dry run, nothing was changed", text)

    def test_a_damaged_partition_is_told_and_the_rest_is_read(self):
        self.create("t", 2)
        self.produce("t", b"a\nb\n", "--partition", "0", "--batch-records", "1")
        self.produce("t", b"c\n", "--partition", "1")
        os.remove(os.path.join(self.data, ".kafka_cleanshutdown"))
        self.change(self.segment(), 20, b"XXXX")
        partitions, total = self.both(code=driver.DAMAGE)
        self.assertEqual([p["state"] for p in partitions], ["damaged", "recovered"])
        self.assertIn(self.segment(), partitions[0]["notes"][0])
        self.assertIn("the next that can be read is 1", partitions[0]["notes"][0])
        self.assertEqual((total["offline"], total["dropped_bytes"]), (0, 0))

    def test_a_live_writer_keeps_both_out(self):
        self.create("t")
        writer = self.start("produce", "--topic", "t", "--print-offsets")
        writer.stdin.write(b"a\n")
        writer.stdin.flush()
        self.assertTrue(writer.stdout.readline())
        for args in ([], ["--dry-run"]):
            self.refused("recover", *args, mentions=[self.data])

    def test_directories_that_are_none(self):
        for args in ([], ["--dry-run"]):
            self.refused("recover", *args, mentions=[self.data, "topic create"])
            self.assertFalse(os.path.exists(self.data))
        os.mkdir(self.data)
        self.ok("recover", "--dry-run")
        self.assertEqual(os.listdir(self.data), [])


if __name__ == "__main__":
    unittest.main()
