"""Shows the checks of history.py every kind of loss, and what they must not complain of."""

import unittest

from history import PartitionHistory, TransactionHistory

_RECORDS = [(b"k%d" % (n % 2), b"%d" % n) for n in range(6)]


def _found(offsets, records=None):
    return [(offset, *(records or _RECORDS)[offset]) for offset in offsets]


class PartitionHistoryTest(unittest.TestCase):
    def setUp(self):
        self.log = PartitionHistory()
        self.assertEqual(self.log.check(_RECORDS[:3], 3, _found(range(3))), "")

    def complains(self, *arguments, log=None, **options):
        self.assertNotEqual((log or self.log).check(*arguments, **options), "")

    def test_takes_what_was_not_acknowledged_or_not_written(self):
        self.assertEqual(self.log.check(_RECORDS[3:], 0, _found(range(5))), "")
        self.assertEqual(self.log.end, 5)
        self.assertEqual(self.log.check(_RECORDS[5:], 0, _found(range(5))), "")

    def test_sees_an_acknowledged_record_that_is_gone(self):
        self.complains(_RECORDS[3:], 2, _found(range(4)))
        self.complains([], 0, _found(range(2)))
        self.complains([], 0, [])

    def test_sees_what_nobody_wrote(self):
        self.complains([], 0, _found(range(4)))
        self.complains([], 0, [(0, b"k0", b"x")] + _found((1, 2)))

    def test_sees_holes_and_repetitions(self):
        self.complains(_RECORDS[3:], 0, _found((0, 1, 2, 4)))
        self.complains(_RECORDS[3:], 0, _found((0, 1, 2, 2)))
        self.complains([], 0, _found((0, 2, 1)))

    def test_sees_a_start_that_moves(self):
        self.complains([], 0, _found((1, 2)))
        self.assertEqual(self.log.check([], 0, _found((1, 2)), may_delete=True), "")
        self.complains([], 0, _found((0, 1, 2)), may_delete=True)

    def test_sees_a_key_without_its_latest_record(self):
        table = PartitionHistory(is_compacted=True)
        self.assertEqual(table.check(_RECORDS, 6, _found((0, 4, 5))), "")
        self.complains([], 0, _found((3, 5)), log=table)
        self.complains([], 0, _found((4,)), log=table)
        self.assertEqual(table.latest(b"k0"), b"4")


class TransactionHistoryTest(unittest.TestCase):
    def setUp(self):
        self.topic = TransactionHistory()
        self.topic.add(1, 2, "committed")
        self.topic.add(2, 2, "aborted")
        self.topic.add(3, 2, None)

    def test_takes_a_transaction_of_unknown_outcome_as_a_whole_or_not(self):
        whole = [(1, 0), (1, 1)]
        self.assertEqual(self.topic.check(whole), "")
        self.assertNotEqual(self.topic.check(whole + [(3, 0), (3, 1)]), "")
        self.topic.add(4, 1, None)
        self.assertEqual(self.topic.check(whole + [(4, 0)]), "")
        self.assertNotEqual(self.topic.check(whole), "")

    def test_sees_every_other_thing(self):
        self.assertNotEqual(self.topic.check([]), "")
        self.assertNotEqual(self.topic.check([(1, 0)]), "")
        self.assertNotEqual(self.topic.check([(1, 0), (1, 1), (1, 1)]), "")
        self.assertNotEqual(self.topic.check([(1, 0), (1, 1), (2, 0)]), "")
        self.assertNotEqual(self.topic.check([(1, 0), (1, 1), (3, 0)]), "")


if __name__ == "__main__":
    unittest.main()
