"""Checks the source tree against the rules that a reviewer would otherwise have to repeat.

Usage: tidy.py ROOT. Prints what it found and exits with status 1 if that is anything. Each rule is
described at the head of its module; exceptions stand in exemptions.txt, each with its reason.
"""

import os
import sys

import documents
import effects
import exemptions
import layers
import size
import source
import structure

_MODULES = (effects, layers, size, structure, documents)
RULES = tuple(rule for module in _MODULES for rule in module.RULES)


def check_tree(root):
    """Returns (findings, number of files checked, number of exemptions)."""
    sources, paths = source.read_tree(root)
    findings = [found for module in _MODULES for found in module.check(sources, paths)]
    text = ""
    exemptions_path = os.path.join(root, exemptions.PATH)
    if os.path.exists(exemptions_path):
        with open(exemptions_path, encoding="utf-8") as file:
            text = file.read()
    remaining, exempt = exemptions.apply(text, findings, RULES)
    return remaining, len(sources), exempt


def main():
    findings, files, exempt = check_tree(sys.argv[1])
    for finding in findings:
        print(finding)
    print(
        "%d files, %d rules: %d findings, %d exemptions"
        % (files, len(RULES), len(findings), exempt)
    )
    return 1 if findings or not files else 0


if __name__ == "__main__":
    sys.exit(main())
