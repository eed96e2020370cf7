"""What must hold of a partition with one writer at a time. Pure: lists in, a complaint out."""


class PartitionHistory:
    """One partition, from writer to writer. A record is a pair (key, value), unlike all others.

    Records are appended in the order in which they are given, so that the n-th record that the log
    took has offset n.
    """

    def __init__(self, is_compacted=False):
        self._is_compacted = is_compacted
        self._records = []
        self._start = 0

    @property
    def end(self):
        """The offset of the next record."""
        return len(self._records)

    @property
    def start(self):
        return self._start

    def latest(self, key):
        """The latest value of the key, or None."""
        values = [record[1] for record in self._records if record[0] == key]
        return values[-1] if values else None

    def check(self, given, acknowledged_count, found, may_delete=False):
        """Compares what is found with what one more writer did, and takes it for known.

        given: the records that the writer was given, in order.
        acknowledged_count: how many of them it acknowledged, from the first on.
        found: (offset, key, value) of everything in the log, in the order of the log.
        may_delete: whether records at the start of the log may have gone since the last check.

        Returns "" if every promise was kept, else what is wrong.
        """
        records = self._records + list(given)
        complaint = self._check_records(records, found)
        if complaint:
            return complaint
        start, end = (found[0][0], found[-1][0] + 1) if found else (0, 0)
        wanted = len(self._records) + acknowledged_count
        if end < wanted:
            return "the log ends at %d, and %d records were acknowledged" % (end, wanted)
        if self._is_compacted:
            complaint = self._check_latest(records[:end], found)
            if complaint:
                return complaint
        elif start < self._start:
            return "the log starts at %d, and started at %d before" % (start, self._start)
        elif start > self._start and not may_delete:
            return "the log starts at %d instead of %d" % (start, self._start)
        self._records = records[:end]
        self._start = start
        return ""

    def _check_records(self, records, found):
        last = None
        for offset, key, value in found:
            if last is not None and offset <= last:
                return "offset %d stands behind offset %d" % (offset, last)
            if last is not None and offset != last + 1 and not self._is_compacted:
                return "offset %d stands where %d is due" % (offset, last + 1)
            if offset >= len(records):
                return "offset %d is %r, which nobody wrote" % (offset, (key, value))
            if records[offset] != (key, value):
                return "offset %d is %r instead of %r" % (offset, (key, value), records[offset])
            last = offset
        return ""

    @staticmethod
    def _check_latest(records, found):
        latest = {key: offset for offset, (key, _) in enumerate(records)}
        offsets = {offset for offset, _, _ in found}
        for key, offset in sorted(latest.items()):
            if offset not in offsets:
                return "the latest record of key %r, offset %d, is not there" % (key, offset)
        return ""


class TransactionHistory:
    """A topic that is written in transactions, each by a process of its own."""

    def __init__(self):
        self._must, self._may, self._never = {}, {}, set()

    def add(self, number, size, outcome):
        """Transaction `number` of `size` records: "committed", "aborted", or None if its process
        was killed."""
        if outcome == "committed":
            self._must[number] = size
        elif outcome == "aborted":
            self._never.add(number)
        else:
            self._may[number] = size

    def check(self, found):
        """found: (transaction, record) of every committed record, in any order.

        Call it when the directory has been opened since the last transaction: by then each is
        decided, for good.
        """
        seen = {}
        for transaction, record in found:
            if record in seen.setdefault(transaction, set()):
                return "record %d of transaction %d is there twice" % (record, transaction)
            seen[transaction].add(record)
        for transaction in sorted(seen):
            if transaction in self._never:
                return "transaction %d was aborted, and %d records of it are there" % (
                    transaction,
                    len(seen[transaction]),
                )
        for transaction, size in sorted({**self._must, **self._may}.items()):
            count = len(seen.get(transaction, ()))
            if count != size and (count or transaction in self._must):
                return "of transaction %d %d records of %d are there" % (transaction, count, size)
        for transaction, size in self._may.items():
            self.add(transaction, size, "committed" if transaction in seen else "aborted")
        self._may = {}
        return ""
