"""Makes one HTML page, which needs nothing else, of the JSON that bench/bench writes.

Usage: report.py BENCH_JSON REPORT_HTML
"""

import html
import json
import sys

import charts
from figures import format_metric, format_ratio, format_spread

_STYLE = """
:root { --ink: #1d2733; --soft: #66727f; --line: #d9dee4; --paper: #ffffff; --limit: #8b96a3;
  --tidemark: #1368b3; --peer: #cf7a1c; --met: #1a7f37; --missed: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #38424d;
  --paper: #15191e; --limit: #7d8894; --tidemark: #58a6ff; --peer: #e8a04c; --met: #56d364;
  --missed: #ff7b72; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 3rem; border-top: 1px solid var(--line);
  padding-top: 1.5rem; } h2 small { color: var(--soft); font-weight: normal; font-size: 0.75em; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
th { text-align: left; color: var(--soft); font-weight: normal; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.limit { --kind: var(--limit); } .tidemark { --kind: var(--tidemark); }
.peer { --kind: var(--peer); }
.judged td { font-weight: 600; } .bar { position: relative; height: 0.9rem; min-width: 12rem;
  margin-top: 0.3rem; border-right: 2px solid var(--limit); }
.bar i { display: block; height: 100%; background: var(--kind); }
.bar b { position: absolute; top: -0.2rem; bottom: -0.2rem; border-left: 2px dashed var(--met); }
.met { color: var(--met); } .missed { color: var(--missed); } .open, .soft { color: var(--soft); }
svg { width: 100%; height: auto; max-width: 52rem; }
svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); } svg .line { fill: none; stroke-width: 2; }
details { color: var(--soft); } dt { color: var(--ink); } dd { margin: 0 0 0.5rem 1rem; }
"""


def escape(text):
    return html.escape(str(text))


def median_of(entry, metric):
    return entry["metrics"].get(metric, {}).get("median")


def label_of(row, entry):
    if entry["place"] is None:
        return entry["name"]
    return "%s, %g %s" % (entry["name"], entry["place"], row["axis"])


def goal_in_words(goal):
    if goal["measured"] is None:
        return "open", "nothing to compare with"
    if goal["kind"] == "at_most":
        measured = format_metric(goal["metric"], goal["measured"])
    else:
        measured = format_ratio(goal["measured"])
    return ("met" if goal["is_met"] else "missed"), measured


def goal_text(goal):
    if goal["kind"] != "at_most":
        return goal["text"]
    bound = format_metric(goal["metric"], goal["value"])
    return "%s at most %s" % (goal["metric"].rsplit("_", 1)[0], bound)


def summary(rows):
    yield "<table><tr><th>row<th>judged<th class=number>median<th class=number>of the limit"
    yield "<th class=number>of the best peer<th>goals</tr>"
    for row in rows:
        judged = next((entry for entry in row["entries"] if entry["is_judged"]), None)
        value = median_of(judged, row["metric"]) if judged else None
        goals = []
        for goal in row["goals"]:
            state, measured = goal_in_words(goal)
            goals.append("<span class=%s>%s: %s (%s)</span>"
                         % (state, escape(goal_text(goal)), escape(measured), state))
        yield "<tr><td><a href='#%s'>%s</a>" % (row["name"], escape(row["title"]))
        yield "<td>%s" % escape(label_of(row, judged) if judged else "")
        yield "<td class=number>%s" % format_metric(row["metric"], value)
        yield "<td class=number>%s" % format_ratio(judged["of_limit"] if judged else None)
        yield "<td class=number>%s" % format_ratio(judged["of_best_peer"] if judged else None)
        yield "<td>%s</tr>" % "<br>".join(goals)
    yield "</table>"


def bar(entry, goal):
    if entry["of_limit"] is None:
        return ""
    mark = ""
    if goal is not None and goal < 1:
        mark = "<b style='left:%.1f%%'></b>" % (100 * goal)
    width = 100 * min(1, entry["of_limit"])
    return "<div class=bar><i style='width:%.2f%%'></i>%s</div>" % (width, mark)


def entry_rows(row, percentiles):
    goal = next((goal["value"] for goal in row["goals"] if goal["kind"] == "of_limit"), None)
    for entry in row["entries"]:
        judged = " judged" if entry["is_judged"] else ""
        yield "<tr class='%s%s'><td class=soft>%s" % (entry["kind"], judged, entry["kind"])
        yield "<td>%s" % escape(label_of(row, entry))
        metric = entry["metrics"].get(row["metric"])
        if metric is None:
            columns = 5 + len(percentiles)
            yield "<td colspan=%d>left out: %s</tr>" % (columns, escape(entry["status"]))
            continue
        yield "<td class=number>%s" % format_metric(row["metric"], metric["median"])
        yield "<td class='number soft'>%s" % format_spread(metric)
        yield "<td class=number>%s" % format_ratio(entry["of_limit"])
        yield "<td class=number>%s" % format_ratio(entry["of_best_peer"])
        yield "<td>%s" % bar(entry, goal)
        for name in percentiles:
            yield "<td class=number>%s" % format_metric(name, median_of(entry, name))
        yield "</tr>"


def figures_of(entry):
    shown = ("records_per_second", "batches_per_second", "bytes_per_second", "seconds")
    names = [name for name in entry["metrics"] if name not in shown]
    names += [name for name in shown if name in entry["metrics"]]
    return ", ".join(
        "%s %s" % (name, format_metric(name, median_of(entry, name))) for name in names)


def section(row):
    load = ", ".join("%s %s" % (name.replace("_", " "), n) for name, n in row["load"].items())
    title = escape(row["title"])
    yield '<h2 id="%s">%s <small>%s</small></h2>' % (row["name"], title, row["name"])
    yield "<p class=soft>Each round: %s.</p>" % escape(load)
    for goal in row["goals"]:
        state, measured = goal_in_words(goal)
        yield "<p>Goal: %s. Measured: <span class=%s>%s (%s)</span></p>" % (
            escape(goal_text(goal)), state, escape(measured), state)
    has_latencies = any(entry["percentiles_ns"] for entry in row["entries"])
    percentiles = ["p50_ns", "p99_ns", "p999_ns", "max_ns"] if has_latencies else []
    yield "<table><tr><th>kind<th>contender<th class=number>median<th class=number>spread"
    yield "<th class=number>of limit<th class=number>of peer<th>against the limit"
    for name in percentiles:
        yield "<th class=number>%s" % name.rsplit("_", 1)[0]
    yield "</tr>"
    yield from entry_rows(row, percentiles)
    yield "</table>"
    if any(entry["place"] is not None for entry in row["entries"]):
        yield charts.growth(row)
    if has_latencies:
        yield charts.latencies(row)
    yield "<details><summary>Settings and all figures</summary><dl>"
    for entry in row["entries"]:
        yield "<dt>%s<dd>%s<br>%s" % (escape(label_of(row, entry)), escape(entry["settings"]),
                                      escape(figures_of(entry)))
    yield "</dl></details>"


def page(results):
    rows = results["rows"]
    goals = [goal for row in rows for goal in row["goals"]]
    yield "<!doctype html><html lang=en><meta charset=utf-8>"
    yield "<meta name=viewport content='width=device-width'>"
    yield "<title>Tidemark: performance</title><style>%s</style>" % _STYLE
    yield "<h1>Tidemark beside the machine's limits and other stores</h1>"
    met = sum(goal["is_met"] for goal in goals)
    yield "<p>%d of %d goals are met. Ratios are of medians of the same run: " % (met, len(goals))
    yield "1.00 of the limit is what a bare loop does on this machine. The spread is half of what "
    yield "lies between the best and the worst round. Dashed: the goal. Absolute figures are this "
    yield "machine's alone.</p>"
    yield "<table>"
    for name, text in results["circumstances"].items():
        yield "<tr><th>%s<td>%s</tr>" % (escape(name), escape(text))
    yield "</table><h2>All rows</h2>"
    yield from summary(rows)
    for row in rows:
        yield from section(row)
    yield "</html>"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.strip().splitlines()[-1])
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write("\n".join(page(results)) + "\n")


if __name__ == "__main__":
    main()
