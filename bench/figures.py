"""Figures as people read them."""

_RATES = {
    "records_per_second": " records/s",
    "batches_per_second": " batches/s",
    "bytes_per_second": "B/s",
}


def _with_prefix(value, unit):
    for factor, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= factor:
            return "%.3g %s%s" % (value / factor, prefix, unit)
    return "%.3g %s" % (value, unit.strip())


def _seconds(value):
    for factor, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if value >= factor:
            return "%.3g %s" % (value / factor, unit)
    return "%.0f ns" % (value * 1e9)


def format_metric(metric, value):
    if value is None:
        return "-"
    if metric in _RATES:
        return _with_prefix(value, _RATES[metric])
    if metric.endswith("_ns"):
        return _seconds(value / 1e9)
    if metric.endswith("seconds"):
        return _seconds(value)
    if metric.endswith("_bytes"):
        return _with_prefix(value, "B")
    return "%.3g" % value


def format_ratio(ratio):
    return "-" if ratio is None else "%.2f" % ratio


def format_spread(summary):
    if not summary["median"]:
        return ""
    return "±%.0f%%" % (50 * (summary["max"] - summary["min"]) / summary["median"])
