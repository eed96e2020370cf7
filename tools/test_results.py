"""Counts what a `bazel test` run did, from the event file it wrote.

Usage: test_results.py EVENTS_JSON
Prints "passed failed skipped" on one line, then one line for each failure.

GoogleTest binaries count by test case, other tests as one case. A test target that failed without
a failed case (a crash, a time-out, a sanitizer report at exit) counts as one failure, and so does
a test target that did not build.
"""

import json
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree


def count_cases(xml_path):
    """Returns (passed, names of failed cases, skipped) of one test.xml."""
    try:
        root = xml.etree.ElementTree.parse(xml_path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError):
        return 0, [], 0
    passed, failed, skipped = 0, [], 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(".".join(filter(None, [case.get("classname"), case.get("name")])))
        elif case.find("skipped") is not None or case.get("status") == "notrun":
            skipped += 1
        else:
            passed += 1
    return passed, failed, skipped


def xml_path_of(result):
    for output in result.get("testActionOutput", []):
        if output.get("name") == "test.xml":
            return urllib.request.url2pathname(urllib.parse.urlparse(output["uri"]).path)
    return ""


def count_target(label, result):
    passed, failed, skipped = count_cases(xml_path_of(result))
    status = result.get("status", "NO_STATUS")
    if status != "PASSED" and not failed:
        failed.append(status.lower())
    if status == "PASSED" and passed + skipped == 0:
        failed.append("ran no test case")
    return passed, ["%s %s" % (label, name) for name in failed], skipped


def main():
    passed, failures, skipped = 0, [], 0
    ran, expected = set(), set()
    with open(sys.argv[1], encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            event_id = event.get("id", {})
            if "testResult" in event_id and "testResult" in event:
                label = event_id["testResult"]["label"]
                ran.add(label)
                counts = count_target(label, event["testResult"])
                passed, failures, skipped = (
                    passed + counts[0],
                    failures + counts[1],
                    skipped + counts[2],
                )
            elif "targetConfigured" in event_id:
                if event.get("configured", {}).get("targetKind", "").endswith("_test rule"):
                    expected.add(event_id["targetConfigured"]["label"])
    failures += ["%s did not build or run" % label for label in sorted(expected - ran)]
    print(passed, len(failures), skipped)
    for failure in failures:
        print(failure)


if __name__ == "__main__":
    main()
