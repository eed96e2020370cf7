"""Full disks, closed streams and damaged files: a clear error, and nothing lost."""

import os
import subprocess
import unittest

import driver


class Failures(driver.CliTest):
    def segment(self, topic="t", partition=0, base_offset=0):
        return os.path.join(self.data, "%s-%d" % (topic, partition), "%020d.log" % base_offset)

    def change(self, path, position, replacement):
        with open(path, "r+b") as file:
            file.seek(position, os.SEEK_END if position < 0 else os.SEEK_SET)
            file.write(replacement)

    def test_a_torn_tail_ends_reading_and_the_next_writer_goes_on(self):
        self.create("t")
        writer = self.start("produce", "--topic", "t", "--print-offsets", "--batch-records", "1")
        writer.stdin.write(b"a\nb\nc\n")
        writer.stdin.flush()
        for _ in range(3):
            self.assertTrue(writer.stdout.readline())
        writer.kill()
        writer.wait()
        # A batch of one letter is 69 bytes long.
        self.change(self.segment(), 3 * 69 - 5, b"\0" * 5)
        self.assertEqual(self.consume("t"), b"a\nb\n")
        result = self.command("produce", "--topic", "t", "--print-offsets", stdin=b"d\n")
        self.assertEqual((result.code, result.out), (driver.DONE, b"0 2\n"))
        self.assertEqual(self.consume("t"), b"a\nb\nd\n")

    def test_damage_in_the_middle_is_told_after_what_stands_before(self):
        self.create("t", 1, "--config", "segment.bytes=200")
        data = b"".join(b"record %d\n" % i for i in range(50))
        self.produce("t", data, "--batch-records", "1")
        self.change(self.segment(), 150, b"XXXX")
        result = self.refused("consume", "--topic", "t", code=driver.DAMAGE,
                              mentions=["%020d.log" % 0])
        self.assertEqual(result.out, b"record 0\n")

    def test_damage_ends_every_command_that_meets_it_with_its_own_code(self):
        self.create("t")
        self.produce("t", b"a\nb\n")
        with open(self.segment(), "r+b") as file:
            file.truncate(60)
        self.refused("topic describe", code=driver.DAMAGE, mentions=[self.segment()])
        path = os.path.join(self.data, "t.topic")
        with open(path, "wb") as file:
            file.write(b"garbage\n")
        for command in ("topic list", "topic describe", "consume --topic t", "produce --topic t",
                        "topic delete --topic t", "retain", "recover"):
            self.refused(command.split(" --")[0], *command.split()[len(
                command.split(" --")[0].split()):], code=driver.DAMAGE, mentions=[path])

    def test_a_directory_that_is_no_data_directory_is_refused_and_not_touched(self):
        self.create("t")
        self.produce("t", b"a\n")
        other = os.path.join(self.root, "other")
        os.makedirs(os.path.join(other, "dbus-1"))
        with open(os.path.join(other, "passwd"), "wb"):
            pass
        before = self.files()
        partition = os.path.join(self.data, "t-0")
        for place in (partition, other):
            names = sorted(os.listdir(place))
            for command in ("topic list", "topic describe", "consume --topic dbus", "offsets list",
                            "verify"):
                result = self.run_tidemark(*command.split(), "--data-dir", place)
                self.assertEqual((result.code, result.out), (driver.REFUSED, b""), command)
                self.assertIn(place, result.err)
            self.assertEqual(sorted(os.listdir(place)), names)
        for command in ("recover", "recover --dry-run", "retain", "produce --topic t",
                        "topic create --topic u"):
            result = self.run_tidemark(*command.split(), "--data-dir", partition)
            self.assertEqual((result.code, result.out), (driver.REFUSED, b""), command)
            self.assertIn(partition, result.err)
        self.assertEqual(self.files(), before)

    def test_a_full_disk_behind_standard_output(self):
        self.create("t")
        self.produce("t", b"a\n")
        with open("/dev/full", "wb") as full:
            self.refused("consume", "--topic", "t", stdout=full,
                         mentions=["standard output", "No space left"])

    def test_streams_that_are_closed(self):
        self.create("t")
        self.produce("t", b"a\n")
        for redirection, command in (("<&-", "produce"), (">&-", "consume")):
            script = 'exec "$0" %s --data-dir "$1" --topic t %s' % (command, redirection)
            done = subprocess.run(["sh", "-c", script, driver.BINARY, self.data],
                                  stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, driver.REFUSED)
            self.assertIn(b"standard", done.stderr)
        self.assertEqual(self.consume("t"), b"a\n")

    def test_standard_input_that_is_a_directory(self):
        self.create("t")
        with open(self.segment()) as _, subprocess.Popen(
                ["sh", "-c", 'exec "$0" produce --data-dir "$1" --topic t < "$1"', driver.BINARY,
                 self.data], stderr=subprocess.PIPE) as process:
            self.assertEqual(process.wait(timeout=60), driver.REFUSED)
            self.assertIn(b"standard input", process.stderr.read())

    def test_directories_without_permission(self):
        if os.geteuid() == 0:
            self.skipTest("root may read everything")
        self.create("t")
        os.chmod(self.data, 0)
        self.addCleanup(os.chmod, self.data, 0o700)
        self.refused("consume", "--topic", "t", mentions=[self.data])

    def run_in_a_mount(self, script):
        """Runs it with the binary, an empty folder to mount on, and one for results, as $0 to $2.
        Returns what reads a result."""
        mount = os.path.join(self.root, "mount")
        os.mkdir(mount)
        done = subprocess.run(["unshare", "-rm", "sh", "-c", script, driver.BINARY, mount,
                               self.root], stderr=subprocess.PIPE, timeout=120, check=False)
        if done.returncode == 77 or b"unshare" in done.stderr:
            self.skipTest("no mount namespaces here: " + done.stderr.decode())
        self.assertEqual(done.returncode, 0, done.stderr)

        def read(name):
            with open(os.path.join(self.root, name), "rb") as file:
                return file.read()

        return read

    def test_a_full_disk_refuses_changes_and_deleting_makes_room(self):
        script = r"""
            mount -t tmpfs -o size=2m tmpfs "$1" || exit 77
            "$0" topic create --data-dir "$1/d" --topic t --config segment.bytes=65536 \
                --config file.delete.delay.ms=0 >/dev/null || exit 78
            head -c 200000 /dev/zero >"$1/filler"
            yes 'a line of some length' | head -n 300000 |
                "$0" produce --data-dir "$1/d" --topic t --print-offsets >"$2/offsets" 2>"$2/err"
            cat /dev/zero >"$1/rest" 2>/dev/null
            for change in "records delete --partition 0 --before 5000" \
                "topic alter --config flush.ms=1000" "topic alter --partitions 2"; do
                "$0" $change --topic t --data-dir "$1/d" >>"$2/out" 2>>"$2/refused"
                echo $? >>"$2/codes"
            done
            "$0" consume --data-dir "$1/d" --topic t --format '%p %o\n' >"$2/stored"
            rm "$1/filler" "$1/rest"
            "$0" records delete --data-dir "$1/d" --topic t --partition 0 --before 5000 || exit 79
            yes 'a line of some length' | head -n 1000 |
                "$0" produce --data-dir "$1/d" --topic t || exit 80
            "$0" consume --data-dir "$1/d" --topic t --format '%p %o\n' >"$2/after"
            "$0" verify --data-dir "$1/d" >/dev/null || exit 81
        """
        read = self.run_in_a_mount(script)
        for code in read("codes").split():
            self.assertIn(int(code), (driver.DONE, driver.REFUSED))
        self.assertIn(b"No space left", read("refused"))
        offsets = read("offsets").splitlines()
        kept = set(offsets[5000:])
        self.assertLessEqual(kept, set(read("stored").splitlines()))
        after = read("after").splitlines()
        self.assertLessEqual(kept, set(after))
        self.assertEqual(after[0], b"0 5000")

    def test_a_full_disk_behind_the_data_directory(self):
        """In a file system of 2 MiB, which needs a mount namespace of our own."""
        script = r"""
            mount -t tmpfs -o size=2m tmpfs "$1" || exit 77
            "$0" topic create --data-dir "$1/d" --topic t >/dev/null || exit 78
            yes 'a line of some length' | head -n 300000 |
                "$0" produce --data-dir "$1/d" --topic t --print-offsets >"$2/offsets" 2>"$2/err"
            echo $? >"$2/code"
            "$0" consume --data-dir "$1/d" --topic t --format '%p %o\n' >"$2/stored"
        """
        read = self.run_in_a_mount(script)
        self.assertEqual(int(read("code")), driver.REFUSED)
        self.assertIn(b"No space left", read("err"))
        offsets = read("offsets").splitlines()
        self.assertGreater(len(offsets), 1000)
        self.assertLessEqual(set(offsets), set(read("stored").splitlines()))


if __name__ == "__main__":
    unittest.main()
