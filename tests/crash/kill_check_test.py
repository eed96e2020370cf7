"""Shows that kill_check.py finds whatever a log could do wrong to killed writers."""

import unittest

from kill_check import TopicModel

_A, _B, _C, _D = ((b"", b"a"), (b"", b"b"), (b"", b"c"), (b"", b"d"))


def _rows(*partitions):
    return [
        (partition, offset) + record
        for partition, records in enumerate(partitions)
        for offset, record in enumerate(records)
    ]


class KillCheckTest(unittest.TestCase):
    def setUp(self):
        self.model = TopicModel(2)
        self.assertEqual(self.model.check([_A], [(0, 0)], _rows([_A], [])), "")

    def expect(self, complaint, written, acknowledged, found, partition=None):
        self.assertIn(complaint, self.model.check(written, acknowledged, found, partition))

    def test_takes_what_keeps_every_promise(self):
        model = self.model
        self.assertEqual(model.check([_B, _C], [(1, 0), (0, 1)], _rows([_A, _C], [_B])), "")
        self.assertEqual(model.check([], [], _rows([_A, _C], [_B])), "")
        self.assertEqual(model.record_count(), 3)

    def test_takes_what_was_written_and_not_acknowledged_or_not_written(self):
        self.assertEqual(self.model.check([_B, _C], [], _rows([_A], [_B])), "")

    def test_misses_an_acknowledged_record(self):
        self.expect("is not there", [_B], [(0, 1)], _rows([_A], []))
        self.expect("is not there", [_B], [(2, 0)], _rows([_A], []))

    def test_sees_other_bytes_where_a_record_was_acknowledged(self):
        self.expect("is (b'', b'b') there", [_B, _C], [(1, 0), (1, 0)], _rows([_A], [_B, _C]))

    def test_sees_bytes_that_nobody_wrote(self):
        self.expect("no record that was written", [_B], [], _rows([_A, _D], []))

    def test_sees_a_record_twice(self):
        self.expect("is there twice", [_B], [], _rows([_A, _B], [_B]))

    def test_sees_records_out_of_order(self):
        self.expect("stands behind", [_B, _C], [], _rows([_A, _C, _B], []))

    def test_sees_a_hole_in_the_offsets(self):
        self.expect("where 1 is due", [_B], [], _rows([_A], []) + [(0, 2) + _B])

    def test_sees_a_hole_in_what_went_to_one_partition(self):
        self.expect("record 1 where 0 is due", [_B, _C], [], _rows([_A, _C], []), 0)
        self.expect("record 0 where 0 is due", [_B, _C], [], _rows([_A], [_B]), 0)

    def test_sees_a_lost_or_changed_record_of_an_earlier_writer(self):
        self.expect("held before", [], [], _rows([], []))
        self.expect("held before", [_B], [], _rows([_B], []))

    def test_sees_more_acknowledgements_than_records(self):
        self.expect("2 records acknowledged", [_B], [(0, 1), (0, 2)], _rows([_A, _B], []))

    def test_sees_a_key_in_two_partitions(self):
        one, two = (b"k", b"1"), (b"k", b"2")
        self.expect("key b'k' is in", [one, two], [], _rows([_A, one], [two]))

    def test_takes_a_key_wherever_the_writer_was_told_to_put_it(self):
        one, two = (b"k", b"1"), (b"k", b"2")
        self.assertEqual(self.model.check([one], [], _rows([_A, one], [])), "")
        self.assertEqual(self.model.check([two], [], _rows([_A, one], [two]), 1), "")


if __name__ == "__main__":
    unittest.main()
