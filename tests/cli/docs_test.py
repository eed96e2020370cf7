"""docs/CLI.md names every command and option that there is, and no other."""

import re
import unittest

import driver

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def documented():
    """The options of each command in the synopsis, which is the first indented block."""
    with open("docs/CLI.md", encoding="utf-8") as file:
        text = file.read()
    block = re.search(r"(?:^    .*\n)+", text, re.MULTILINE).group()
    commands = {}
    for line in block.splitlines():
        start = re.match(r"    tidemark ((?:[a-z|]+ ?)+?) +(?=-|FILE)", line)
        if start:
            words = [word.split("|") for word in start.group(1).split()]
            names = [" ".join([*before, last]) for before in [[w[0] for w in words[:-1]]]
                     for last in words[-1]]
            for name in names:
                commands[name] = set()
        for name in names:
            commands[name].update(OPTION.findall(line))
    return commands


class Docs(driver.CliTest):
    def help(self, command):
        result = self.run_tidemark(*command.split(), "--help")
        self.assertEqual(result.code, driver.DONE)
        return result.out.decode()

    def subcommands(self, command=""):
        """All commands below this one, or itself if it has none."""
        parts = self.help(command).split("Subcommands:\n")
        if len(parts) == 1:
            return [command]
        names = re.findall(r"^  ([a-z]+) ", parts[1], re.MULTILINE)
        return [one for name in names for one in self.subcommands((command + " " + name).strip())]

    def test_every_command_is_documented_and_every_documented_one_exists(self):
        self.assertEqual(sorted(self.subcommands()), sorted(documented()))

    def test_every_option_is_documented_and_every_documented_one_exists(self):
        for command, options in documented().items():
            lines = self.help(command).split("Options:\n")[1].splitlines()
            existing = {match.group(1) for line in lines
                        for match in [re.match(r"  (?:-h,)?(--[a-z-]+)", line)] if match}
            self.assertEqual(existing - {"--help"}, options, command)

    def test_options_in_the_text_exist(self):
        with open("docs/CLI.md", encoding="utf-8") as file:
            mentioned = set(OPTION.findall(file.read()))
        self.assertEqual(mentioned - set().union(*documented().values()), set())


if __name__ == "__main__":
    unittest.main()
