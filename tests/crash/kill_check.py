"""What must hold of a topic whose writers are killed. Pure: lists in, a complaint out."""


class TopicModel:
    """One topic, from kill to kill.

    A record is a pair (key, value); the records of all writers differ from one another.
    """

    def __init__(self, partition_count):
        self._known = [[] for _ in range(partition_count)]
        self._homes = {}

    def record_count(self):
        return sum(len(records) for records in self._known)

    def check(self, written, acknowledged, found, partition=None):
        """Compares what is found with what one more writer did, and takes it for known.

        written: the records that the writer was given, in order.
        acknowledged: the (partition, offset) that it printed, in order.
        found: (partition, offset, key, value) of everything in the topic, partition by partition.
        partition: where the writer was told to write, if it was.

        Returns "" if every promise was kept, else what is wrong.
        """
        places, complaint = self._take_apart(found)
        if complaint:
            return complaint
        for checked in (
            self._check_known(places),
            self._check_new(written, places, partition),
            self._check_acknowledged(written, acknowledged, places),
            self._check_homes(places) if partition is None else "",
        ):
            if checked:
                return checked
        self._known = places
        return ""

    def _take_apart(self, found):
        places = [[] for _ in self._known]
        for partition, offset, key, value in found:
            if offset != len(places[partition]):
                text = "partition %d has offset %d where %d is due"
                return places, text % (partition, offset, len(places[partition]))
            places[partition].append((key, value))
        return places, ""

    def _check_known(self, places):
        for partition, known in enumerate(self._known):
            if places[partition][: len(known)] != known:
                return "partition %d does not hold what it held before" % partition
        return ""

    def _check_new(self, written, places, told):
        numbers = {record: number for number, record in enumerate(written)}
        seen = set()
        for partition, records in enumerate(places):
            last = -1
            for offset in range(len(self._known[partition]), len(records)):
                place = "partition %d offset %d: " % (partition, offset)
                number = numbers.get(records[offset])
                if number is None:
                    return place + "%r is no record that was written" % (records[offset],)
                if number in seen:
                    return place + "record %d is there twice" % number
                if number <= last:
                    return place + "record %d stands behind record %d" % (number, last)
                if told is not None and (partition, number) != (told, last + 1):
                    return place + "record %d where %d is due" % (number, last + 1)
                last = number
                seen.add(number)
        return ""

    def _check_acknowledged(self, written, acknowledged, places):
        if len(acknowledged) > len(written):
            return "%d records acknowledged, %d written" % (len(acknowledged), len(written))
        for number, (partition, offset) in enumerate(acknowledged):
            place = "record %d, acknowledged at partition %d offset %d, " % (
                number,
                partition,
                offset,
            )
            if partition >= len(places) or offset >= len(places[partition]):
                return place + "is not there"
            if places[partition][offset] != written[number]:
                return place + "is %r there" % (places[partition][offset],)
        return ""

    def _check_homes(self, places):
        for partition, records in enumerate(places):
            for key, _ in records[len(self._known[partition]) :]:
                if key and self._homes.setdefault(key, partition) != partition:
                    return "key %r is in partitions %d and %d" % (
                        key,
                        self._homes[key],
                        partition,
                    )
        return ""
