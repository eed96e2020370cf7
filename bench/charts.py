"""Charts of a row as SVG: percentiles of latencies, and growth along an axis."""

import html
import math

from figures import format_metric

_WIDTH, _HEIGHT = 820, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 250, 15, 40
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4")


class _Scale:
    """Places values of a logarithmic or linear axis between two ends of a line."""

    def __init__(self, values, begin, end, is_logarithmic):
        self._is_logarithmic = is_logarithmic
        self.low, self.high = min(values), max(values)
        if self.low == self.high:
            self.low, self.high = self.low / 2, self.high * 2 or 1
        self._begin, self._end = begin, end

    def place(self, value):
        low, high = self.low, self.high
        if self._is_logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
        part = (value - low) / (high - low)
        return self._begin + part * (self._end - self._begin)

    def ticks(self):
        if not self._is_logarithmic:
            return [self.low + (self.high - self.low) * i / 4 for i in range(5)]
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        powers = [10.0**power for power in range(first, last + 1)]
        return powers if len(powers) > 1 else [self.low, self.high]


def _frame(x, y, x_labels, y_labels):
    for value, text in y_labels:
        place = y.place(value)
        yield "<line class=grid x1=%d x2=%d y1=%.1f y2=%.1f />" % (
            _LEFT, _WIDTH - _RIGHT, place, place)
        yield "<text x=%d y=%.1f text-anchor=end>%s</text>" % (_LEFT - 6, place + 4, text)
    for value, text in x_labels:
        place = x.place(value)
        yield "<line class=grid x1=%.1f x2=%.1f y1=%d y2=%d />" % (
            place, place, _TOP, _HEIGHT - _BOTTOM)
        yield "<text x=%.1f y=%d text-anchor=middle>%s</text>" % (
            place, _HEIGHT - _BOTTOM + 18, text)


def _line(points, kind, number, label):
    colour = "var(--%s)" % kind
    dashes = _DASHES[number % len(_DASHES)]
    path = " ".join("%.1f,%.1f" % point for point in points)
    yield "<polyline class=line points='%s' stroke='%s' stroke-dasharray='%s' />" % (
        path, colour, dashes)
    for point in points if len(points) < 9 else []:
        yield "<circle cx=%.1f cy=%.1f r=3 fill='%s' />" % (point[0], point[1], colour)
    yield label


def _legend(slot, kind, number, text):
    y = _TOP + 12 + 18 * slot
    x = _WIDTH - _RIGHT + 12
    return (
        "<line class=line x1=%d x2=%d y1=%d y2=%d stroke='var(--%s)' stroke-dasharray='%s' />"
        "<text x=%d y=%d>%s</text>"
    ) % (x, x + 24, y - 4, y - 4, kind, _DASHES[number % len(_DASHES)], x + 30, y,
         html.escape(text))


def _draw(lines, x, y, x_labels, y_labels):
    """`lines` are (kind, name, [(x value, y value), ...])."""
    parts = ["<svg viewBox='0 0 %d %d' role=img>" % (_WIDTH, _HEIGHT)]
    parts += _frame(x, y, x_labels, y_labels)
    seen = {}
    for slot, (kind, name, values) in enumerate(lines):
        number = seen.setdefault(kind, 0)
        seen[kind] += 1
        points = [(x.place(a), y.place(b)) for a, b in values]
        parts += _line(points, kind, number, _legend(slot, kind, number, name))
    return "".join(parts) + "</svg>"


def growth(row):
    """The row's metric along its axis, a line for each that the entries name."""
    lines = {}
    for entry in row["entries"]:
        metric = entry["metrics"].get(row["metric"])
        if entry["place"] is not None and metric is not None:
            key = (entry["kind"], entry["line"])
            lines.setdefault(key, []).append((entry["place"], metric["median"]))
    drawn = [(kind, name, sorted(values)) for (kind, name), values in lines.items()]
    points = [point for _, _, values in drawn for point in values]
    if not points:
        return ""
    x = _Scale([a for a, _ in points], _LEFT, _WIDTH - _RIGHT, True)
    y = _Scale([0] + [b for _, b in points], _HEIGHT - _BOTTOM, _TOP, False)
    places = sorted({a for a, _ in points})
    x_labels = [(place, "%g" % place) for place in places]
    y_labels = [(value, format_metric(row["metric"], value)) for value in y.ticks()]
    title = "<p class=soft>By %s:</p>" % html.escape(row["axis"])
    return title + _draw(drawn, x, y, x_labels, y_labels)


def latencies(row):
    """Percentiles of all rounds together: each step to the right is ten times as rare."""
    drawn = []
    for entry in row["entries"]:
        if entry["percentiles_ns"] and entry["place"] is None:
            points = [(1 / max(1 - part, 1e-6), max(value, 1))
                      for part, value in entry["percentiles_ns"] if 0.5 <= part < 1]
            drawn.append((entry["kind"], entry["name"], points))
    if not drawn:
        return ""
    values = [value for _, _, points in drawn for _, value in points]
    x = _Scale([2, 1e5], _LEFT, _WIDTH - _RIGHT, True)
    y = _Scale(values, _HEIGHT - _BOTTOM, _TOP, True)
    x_labels = [(2, "p50"), (10, "p90"), (100, "p99"), (1e3, "p99.9"), (1e4, "p99.99"),
                (1e5, "p99.999")]
    y_labels = [(value, format_metric("p_ns", value)) for value in y.ticks()]
    return "<p class=soft>Latency of one call:</p>" + _draw(drawn, x, y, x_labels, y_labels)
