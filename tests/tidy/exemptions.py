"""Exemptions: `path | rule | reason` a line. One that is not needed is a finding itself."""

from source import Finding

PATH = "tests/tidy/exemptions.txt"
RULES = ("exemption",)


def apply(text, findings, rules):
    """Returns (findings that remain, number of exemptions)."""
    exemptions, wrong = _parse(text, rules)
    used = set()
    remaining = []
    for finding in findings:
        key = (finding.path, finding.rule)
        if key in exemptions:
            used.add(key)
        else:
            remaining.append(finding)
    for (path, rule), line in exemptions.items():
        if (path, rule) not in used:
            message = "nothing in %s needs an exemption from '%s'" % (path, rule)
            wrong.append(Finding(PATH, line, "exemption", message))
    return remaining + wrong, len(exemptions)


def _parse(text, rules):
    exemptions, wrong = {}, []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != 3 or not all(fields):
            wrong.append(Finding(PATH, number, "exemption", "wants 'path | rule | reason'"))
        elif fields[1] not in rules:
            wrong.append(Finding(PATH, number, "exemption", "there is no rule '%s'" % fields[1]))
        elif (fields[0], fields[1]) in exemptions:
            wrong.append(Finding(PATH, number, "exemption", "is there twice"))
        else:
            exemptions[(fields[0], fields[1])] = number
    return exemptions, wrong
