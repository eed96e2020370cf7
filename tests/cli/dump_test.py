"""`tidemark dump` of side files, which are made here byte by byte as Kafka makes them."""

import json
import os
import struct
import unittest

import driver


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 & -(crc & 1))
    return crc ^ 0xFFFFFFFF


def snapshot(*producers):
    """Version 1: for each producer id, epoch, last sequence, last offset, delta, timestamp,
    coordinator epoch, first offset of the open transaction or -1."""
    entries = struct.pack(">i", len(producers)) + b"".join(
        struct.pack(">qhiqiqiq", *producer) for producer in producers)
    return struct.pack(">hI", 1, crc32c(entries)) + entries


def aborted(*transactions):
    """Version 0: producer id, first offset, last offset, last stable offset."""
    return b"".join(struct.pack(">hqqqq", 0, *transaction) for transaction in transactions)


def as_kafka_prints_aborted(entry):
    return {"version": 0, "producerId": entry["producer_id"], "firstOffset": entry["first_offset"],
            "lastOffset": entry["last_offset"], "lastStableOffset": entry["last_stable_offset"]}


BATCH_FIELDS = {"position": "position", "size": "size", "base_offset": "baseOffset",
                "last_offset": "lastOffset", "count": "count", "base_sequence": "baseSequence",
                "producer_id": "producerId", "producer_epoch": "producerEpoch",
                "partition_leader_epoch": "partitionLeaderEpoch", "max_timestamp": "CreateTime",
                "transactional": "isTransactional", "control": "isControl",
                "delete_horizon": "deleteHorizonMs", "codec": "compresscodec"}


def as_kafka_prints_producer(entry):
    printed = {"producerId": entry["producer_id"], "producerEpoch": entry["producer_epoch"],
               "coordinatorEpoch": entry["coordinator_epoch"],
               "lastTimestamp": entry["last_timestamp"]}
    if entry["open_transaction_first_offset"] is not None:
        printed["currentTxnFirstOffset"] = entry["open_transaction_first_offset"]
    if entry["last_offset"] >= 0:
        printed.update(firstSequence=entry["last_sequence"] - entry["last_offset_delta"],
                       lastSequence=entry["last_sequence"], lastOffset=entry["last_offset"],
                       offsetDelta=entry["last_offset_delta"], timestamp=entry["last_timestamp"])
    return printed


class Dump(driver.CliTest):
    def write(self, name, data):
        path = os.path.join(self.root, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def dump(self, path, *args, code=driver.DONE):
        result = self.run_tidemark("dump", path, *args)
        self.assertEqual(result.code, code, result.err)
        return result

    def objects(self, path, code=driver.DONE):
        out = self.dump(path, "--output", "json", code=code).out
        return [json.loads(line) for line in out.splitlines()]

    def rows(self, path, code=driver.DONE):
        lines = self.dump(path, code=code).out.decode().splitlines()
        self.assertEqual(lines[0], path)
        return [line.split() for line in lines[1:]]

    def test_crc(self):
        self.assertEqual(crc32c(b"123456789"), 0xE3069283)

    def test_producer_snapshots(self):
        large = (2**63 - 1, 2**15 - 1, 2**31 - 1, 2**63 - 2, 7, 1700000000000, 3, 2**62)
        path = self.write("%020d.snapshot" % 100,
                          snapshot((1000, 2, 41, 99, 4, 1600000000000, -1, -1), large,
                                   (5, 0, -1, -1, 0, -1, 9, -1)))
        names = ["producer_id", "producer_epoch", "last_sequence", "last_offset",
                 "last_offset_delta", "last_timestamp", "coordinator_epoch",
                 "open_transaction_first_offset"]
        self.assertEqual(self.objects(path), [
            dict(zip(names, (1000, 2, 41, 99, 4, 1600000000000, -1, None))),
            dict(zip(names, large)), dict(zip(names, (5, 0, -1, -1, 0, -1, 9, None)))])
        rows = self.rows(path)
        self.assertEqual(rows[0], ["PRODUCER", "EPOCH", "LAST_SEQUENCE", "LAST_OFFSET", "DELTA",
                                   "LAST_TIMESTAMP", "COORDINATOR_EPOCH", "OPEN_TRANSACTION"])
        self.assertEqual(rows[1], ["1000", "2", "41", "99", "4", "1600000000000", "-1", "-"])
        self.assertEqual(rows[2], [str(number) for number in large])
        self.assertEqual(len(rows), 4)

    def test_a_snapshot_without_producers(self):
        path = self.write("%020d.snapshot" % 0, snapshot())
        self.assertEqual(self.objects(path), [])
        self.assertEqual(len(self.rows(path)), 1)

    def test_damaged_snapshots(self):
        good = snapshot((1000, 2, 41, 99, 4, 1600000000000, -1, -1))
        for bad in (good[:-1], good + b"\0", good[:20] + b"X" + good[21:], b"", good[:5],
                    b"\0\2" + good[2:]):
            path = self.write("%020d.snapshot" % 100, bad)
            result = self.dump(path, "--output", "json", code=driver.DAMAGE)
            self.assertEqual(result.out, b"")
            self.assertIn(path, result.err)

    def test_aborted_transactions(self):
        path = self.write("%020d.txnindex" % 0,
                          aborted((1000, 0, 9, 5), (2**63 - 1, 3, 2**62, 2**62)))
        names = ["producer_id", "first_offset", "last_offset", "last_stable_offset"]
        self.assertEqual(self.objects(path), [dict(zip(names, (1000, 0, 9, 5))),
                                              dict(zip(names, (2**63 - 1, 3, 2**62, 2**62)))])
        self.assertEqual(self.rows(path), [
            ["PRODUCER", "FIRST_OFFSET", "LAST_OFFSET", "LAST_STABLE_OFFSET"],
            ["1000", "0", "9", "5"], [str(2**63 - 1), "3", str(2**62), str(2**62)]])
        self.assertEqual(self.objects(self.write("%020d.txnindex" % 1, b"")), [])

    def test_damaged_lists_of_aborted_transactions(self):
        good = aborted((1000, 0, 9, 5), (1001, 10, 19, 20))
        path = self.write("%020d.txnindex" % 0, good[:-3])
        self.assertEqual([o["producer_id"] for o in self.objects(path, code=driver.DAMAGE)], [1000])
        path = self.write("%020d.txnindex" % 0, good[:34] + b"\0\7" + good[36:])
        self.dump(path, code=driver.DAMAGE)

    def test_files_of_a_broker_as_kafkas_own_tool_prints_them(self):
        golden, expected = self.golden()
        counts = {"aborted": 0, "producers": 0, "batches": 0}
        for name, content in expected.items():
            path = os.path.join(golden, name)
            for kind, to_kafka in (("aborted", as_kafka_prints_aborted),
                                   ("producers", as_kafka_prints_producer)):
                if kind in content:
                    self.assertEqual([to_kafka(o) for o in self.objects(path)], content[kind], name)
                    self.assertEqual(len(self.rows(path)), 1 + len(content[kind]), name)
                    counts[kind] += len(content[kind])
            if "batches" in content:
                found = self.objects(path)
                self.assertEqual([{theirs: o[ours] for ours, theirs in BATCH_FIELDS.items()}
                                  for o in found],
                                 [{theirs: batch[theirs] for theirs in BATCH_FIELDS.values()}
                                  for batch in content["batches"]], name)
                for batch in found:
                    self.assertEqual(batch["control"], batch["marker"] in ("commit", "abort"), name)
                    self.assertEqual(batch["control"], batch["coordinator_epoch"] is not None)
                counts["batches"] += len(found)
        self.assertGreater(min(counts.values()), 10)

    def test_the_offsets_topic_as_kafkas_own_tool_prints_it(self):
        golden, expected = self.golden()
        count = 0
        for name, content in expected.items():
            if "__consumer_offsets-" not in name or "decoded" not in content:
                continue
            path = os.path.join(golden, name)
            out = self.dump(path, "--output", "json", "--records").out
            found = {record["offset"]: record.get("decoded")
                     for line in out.splitlines() for record in json.loads(line)["records"]}
            self.assertEqual(sorted(found), [offset for offset, _ in content["decoded"]])
            for offset, line in content["decoded"]:
                printed = self.printed_by_kafka(line)
                if printed is None:
                    self.assertIsNone(found[offset])
                    continue
                self.check_decoded(found[offset], *printed)
                count += 1
            self.assertIn(b'      {"type":', self.dump(path, "--records").out)
        self.assertGreater(count, 20)

    def check_decoded(self, found, kind, key, value):
        self.assertEqual(found["type"], kind)
        ours = {"groupId": "group", "memberId": "member", "regularExpression": "member"}
        self.assertEqual({name: found[ours.get(name, name)] for name in key}, key)
        if value is None:
            self.assertIsNone(found["value"])
        elif kind == 1:
            self.assertEqual(
                {"offset": found["value"]["offset"], "metadata": found["value"]["metadata"],
                 "leaderEpoch": found["value"]["leader_epoch"],
                 "commitTimestamp": found["value"]["commit_time"]},
                {name: value[name] for name in ("offset", "metadata", "leaderEpoch",
                                                "commitTimestamp")})
        elif kind == 2:
            names = {"protocol_type": "protocolType", "generation": "generation",
                     "protocol": "protocol", "leader": "leader",
                     "current_state_time": "currentStateTimestamp"}
            self.assertEqual({theirs: found["value"][ours] for ours, theirs in names.items()},
                             {theirs: value[theirs] for theirs in names.values()})
            self.assertEqual([m["member_id"] for m in found["value"]["members"]],
                             [m["memberId"] for m in value["members"]])

    def test_what_is_no_record_of_the_offsets_topic_is_said_to_be_none(self):
        self.create("orders")
        self.produce("orders", b"a\n")
        strange = os.path.join(self.root, "__consumer_offsets-0")
        os.rename(os.path.join(self.data, "orders-0"), strange)
        out = self.dump(os.path.join(strange, "%020d.log" % 0), "--output", "json", "--records").out
        decoded = json.loads(out.splitlines()[0])["records"][0]["decoded"]
        self.assertIn("offsets topic", decoded["error"])

    def test_producer_ids_that_were_given_away(self):
        self.create("t")
        text = b"version: 0\nnext_producer_id: 4611686018427388904\ncrc32c: 7b251fcf\n"
        path = self.write("data/tidemark.producer-ids", text)
        self.assertEqual(self.objects(path),
                         [{"name": "next_producer_id", "value": "4611686018427388904"}])
        self.assertEqual(self.rows(path), [["NAME", "VALUE"],
                                           ["next_producer_id", "4611686018427388904"]])
        self.ok("verify")
        self.write("data/tidemark.producer-ids", text.replace(b"3889", b"3888"))
        self.assertIn(path, self.dump(path, code=driver.DAMAGE).err)
        result = self.command("verify")
        self.assertEqual(result.code, driver.DAMAGE)
        self.assertIn("damage: %s: damaged" % path, result.out.decode())

    def test_the_transaction_topic(self):
        def key(transactional_id):
            return struct.pack(">hh", 0, len(transactional_id)) + transactional_id

        body = struct.pack(">qhib", 5000, 7, 60000, 2)
        times = struct.pack(">qq", 1700000000000, 1600000000000)
        old = b"\0\0" + body + struct.pack(">ih1si", 1, 1, b"a", 2) + struct.pack(
            ">ii", 0, 3) + times
        # Compact fields: lengths are one more; a count of tagged fields ends each struct. Tag 9 is
        # of a release to come.
        new = (b"\0\1" + body + b"\2\2b\2" + struct.pack(">i", 1) + b"\0" + times + b"\4" +
               b"\0\x08" + struct.pack(">q", 4000) + b"\1\x08" + struct.pack(">q", 6000) +
               b"\2\2" + struct.pack(">h", 2) + b"\x09\1\xff")
        empty = b"\0\1" + struct.pack(">qhib", 5001, 0, 60000, 0) + b"\0" + struct.pack(
            ">qq", 1700000000000, -1) + b"\0"
        records = [(key(b"tx-a"), old), (key(b"tx-b"), new), (key(b"tx-c"), empty),
                   (key(b"tx-a"), None), (key(b"tx-d"), old[:20]), (b"\0\5xx", b"x")]
        self.create("orders")
        lines = b"".join(k + b"=>" + (v if v is not None else b"") + b"\n" for k, v in records)
        self.produce("orders", lines, "--key-separator", "=>", "--tombstones", "--partition", "0")
        state = os.path.join(self.root, "__transaction_state-7")
        os.rename(os.path.join(self.data, "orders-0"), state)
        path = os.path.join(state, "%020d.log" % 0)
        found = [record["decoded"] for line in self.dump(path, "--records", "--output",
                                                         "json").out.splitlines()
                 for record in json.loads(line)["records"]]
        shared = {"producer_id": 5000, "producer_epoch": 7, "status": "PrepareCommit",
                  "timeout_ms": 60000, "last_update_time": 1700000000000,
                  "start_time": 1600000000000}
        self.assertEqual(found[0], {"transactional_id": "tx-a", "value": {
            **shared,
            "partitions": [{"topic": "a", "partition": 0}, {"topic": "a", "partition": 3}],
            "previous_producer_id": None, "next_producer_id": None,
            "client_transaction_version": 0}})
        self.assertEqual(found[1], {"transactional_id": "tx-b", "value": {
            **shared, "partitions": [{"topic": "b", "partition": 1}],
            "previous_producer_id": 4000, "next_producer_id": 6000,
            "client_transaction_version": 2}})
        self.assertEqual((found[2]["value"]["status"], found[2]["value"]["partitions"],
                          found[2]["value"]["start_time"]), ("Empty", [], -1))
        self.assertEqual(found[3], {"transactional_id": "tx-a", "value": None})
        self.assertIn("error", found[4]["value"])
        self.assertIn("error", found[5])
        self.assertIn(b'      {"transactional_id":"tx-a","value":null}',
                      self.dump(path, "--records").out)

    def test_second_endings_make_no_difference(self):
        for ending in (".deleted", ".cleaned", ".swap"):
            path = self.write("%020d.txnindex%s" % (0, ending), aborted((7, 0, 1, 2)))
            self.assertEqual([o["producer_id"] for o in self.objects(path)], [7])


if __name__ == "__main__":
    unittest.main()
