"""Shows each rule of tidy.py a small tree that breaks it, and a neighbour that does not.

A rule that flags nothing would pass every tree; here it fails.
"""

import os
import sys
import tempfile
import unittest

import exemptions
import size
import tidy

_CLEAN_HEADER = """\
#ifndef TIDEMARK_STORAGE_BASE_CLEAN_H_
#define TIDEMARK_STORAGE_BASE_CLEAN_H_

// Nothing here opens a file, whatever this comment says of open( and std::thread.
constexpr char kText[] = "open( std::thread // \\" absl::Now";
class Journal {
 public:
  bool open() const { return journal_.open(1'000); }
};

#endif  // TIDEMARK_STORAGE_BASE_CLEAN_H_
"""

_CLEAN = {
    "storage/base/BUILD.bazel": 'cc_library(name = "clean", hdrs = ["clean.h"])\n',
    "storage/base/clean.h": _CLEAN_HEADER,
    "docs/GUIDE.md": "# Guide\n\n```\n# not a title\n```\n[base](../storage/base/clean.h#there)\n",
}


def _build(name):
    return 'cc_library(name = "x", srcs = ["%s"])\n' % name


def _source(path, text):
    """A tree with one more C++ file, and the BUILD file that names it."""
    folder, name = os.path.split(path)
    return {path: text, folder + "/BUILD.bazel": _build(name)}


def _function(lines):
    return "void F() {\n%s}\n" % ("  G();\n" * (lines - 2))


def _find(files):
    """Returns the rules that the clean tree with `files` added breaks, and all findings."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**_CLEAN, **files}.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                file.write(text)
        findings, _, _ = tidy.check_tree(root)
    return {finding.rule for finding in findings}, [str(finding) for finding in findings]


class TidyTest(unittest.TestCase):
    def assert_breaks(self, rule, files):
        rules, findings = _find(files)
        self.assertEqual({rule}, rules, findings)

    def assert_clean(self, files):
        rules, findings = _find(files)
        self.assertEqual(set(), rules, findings)

    def test_a_clean_tree_has_no_findings(self):
        self.assert_clean({})

    def test_effects_belong_to_the_environment(self):
        for text in (
            "#include <thread>\n",
            "#include <chrono>\n",
            "#include <random>\n",
            "#include <fstream>\n",
            "#include <filesystem>\n",
            "#include <iostream>\n",
            "#include <unistd.h>\n",
            "#include <sys/mman.h>\n",
            '#include "absl/synchronization/mutex.h"\n',
            '#include "absl/time/clock.h"\n',
            "std::thread t;\n",
            "std::mutex m;\n",
            "absl::Mutex m;\n",
            "thread_local int x;\n",
            "auto now = absl::Now();\n",
            "void F() { absl::SleepFor(d); }\n",
            "int F() { return open(p, 0); }\n",
            "int F() { return ::open(p, 0); }\n",
            "auto f = fopen(p, m);\n",
            "auto x = std::rand();\n",
            "auto x = time(nullptr);\n",
            'auto x = std::getenv("HOME");\n',
            "void F() { exit(1); }\n",
            "void F() { signal(2, h); }\n",
            'void F() { std::cout << "x"; }\n',
            "void F() { fprintf(stderr, f); }\n",
        ):
            with self.subTest(text):
                self.assert_breaks("effect", _source("storage/log/x.cc", text))

    def test_effects_are_allowed_where_they_are_at_home(self):
        self.assert_clean(_source("storage/env/x.cc", "#include <thread>\nint d = ::open(p, 0);\n"))
        self.assert_clean(_source("storage/log/x_test.cc", "#include <thread>\nstd::thread t;\n"))
        self.assert_clean(_source("tests/x.cc", "#include <random>\nstd::mt19937_64 random(7);\n"))
        self.assert_clean(_source("bench/x.cc", "#include <chrono>\n#include <unistd.h>\n"))
        self.assert_clean(_source("api/cli/x.cc", "void F() { std::cout << 1; }\n"))
        self.assert_clean(_source("api/cli/console.cc", "#include <poll.h>\n"))

    def test_the_environment_leaves_the_process_alone(self):
        self.assert_breaks("effect", _source("storage/env/x.cc", "void F() { signal(2, h); }\n"))
        self.assert_breaks("effect", _source("storage/env/x.cc", "void F() { std::cout << 1; }\n"))

    def test_the_command_line_uses_the_seams(self):
        self.assert_breaks("effect", _source("api/cli/x.cc", "int d = ::open(p, 0);\n"))
        self.assert_breaks("effect", _source("api/cli/x.cc", "auto now = absl::Now();\n"))

    def test_tests_do_not_sleep_and_do_not_draw_random_numbers(self):
        self.assert_breaks("effect", _source("tests/x.cc", "std::random_device d;\n"))
        self.assert_breaks("effect", _source("tests/x.cc", "void F() { usleep(1); }\n"))

    def test_names_that_only_look_like_effects_are_fine(self):
        for text in (
            "void F() { journal.open(1); journal->time(2); Journal::exit(3); }\n",
            "Clock* clock() const;\n",
            "int64_t time() const;\n",
            "void F() { reopen(1); }\n",
        ):
            with self.subTest(text):
                self.assert_clean(_source("storage/log/x.cc", text))

    def test_includes_go_downwards(self):
        for path, included in (
            ("storage/base/deep/x.cc", "storage/types.h"),
            ("storage/env/x.cc", "storage/format/varint.h"),
            ("storage/format/x.cc", "storage/env/posix.h"),
            ("storage/format/x.cc", "storage/log.h"),
            ("storage/index/x.cc", "storage/segment/segment.h"),
            ("storage/segment/x.cc", "storage/log/partition_log.h"),
            ("storage/log/x.cc", "storage/engine/engine.h"),
            ("storage/retention/x.cc", "storage/compaction/policy.h"),
            ("storage/engine/x.cc", "replication/replicator.h"),
            ("replication/x.cc", "api/tidemark.h"),
            ("api/x.cc", "api/cli/command.h"),
            ("storage/log/x.cc", "tests/support/double.h"),
        ):
            with self.subTest(path=path, included=included):
                self.assert_breaks("layer", _source(path, '#include "%s"\n' % included))

    def test_includes_of_lower_layers_are_fine(self):
        for path, included in (
            ("storage/env/x.cc", "storage/env.h"),
            ("storage/format/x.cc", "storage/types.h"),
            ("storage/log/x.cc", "storage/log.h"),
            ("storage/engine/x.cc", "storage/log/partition_log.h"),
            ("replication/x.cc", "storage/engine.h"),
            ("api/x.cc", "replication/replicator.h"),
            ("api/x.cc", "storage/base/mutex.h"),
            ("api/cli/x.cc", "storage/format/batch.h"),
            ("storage/log/x_test.cc", "tests/support/double.h"),
        ):
            with self.subTest(path=path, included=included):
                self.assert_clean(_source(path, '#include "%s"\n' % included))

    def test_sub_folders_are_private_to_their_top_folder(self):
        for path, included in (
            ("api/x.cc", "storage/log/partition_log.h"),
            ("replication/x.cc", "storage/format/varint.h"),
            ("api/cli/x.cc", "replication/single/single.h"),
        ):
            with self.subTest(path=path, included=included):
                self.assert_breaks("private", _source(path, '#include "%s"\n' % included))

    def test_files_have_a_limit(self):
        self.assert_clean(_source("storage/log/x.cc", "int x;\n" * size.FILE_LINES_MAX))
        text = "int x;\n" * (size.FILE_LINES_MAX + 1)
        self.assert_breaks("file-length", _source("storage/log/x.cc", text))

    def test_functions_have_a_limit(self):
        most = size.FUNCTION_LINES_MAX
        for before, after in (
            ("", ""),
            ("namespace tidemark {\nnamespace {\n", "}\n}\n"),
            ("class C : public B {\n public:\n", "};\n"),
            ("constexpr int kData[] = {\n1,\n};\nstruct S { int x; };\n", ""),
        ):
            with self.subTest(before):
                text = before + "%s" + after
                self.assert_clean(_source("storage/log/x.cc", text % _function(most)))
                text = text % _function(most + 1)
                self.assert_breaks("function-length", _source("storage/log/x.cc", text))

    def test_long_types_and_data_are_not_functions(self):
        fields = "  int x;\n" * size.FUNCTION_LINES_MAX
        self.assert_clean(_source("storage/log/x.cc", "struct S {\n%s};\n" % fields))
        values = "  F(1),\n" * size.FUNCTION_LINES_MAX
        self.assert_clean(_source("storage/log/x.cc", "constexpr int kX[] = {\n%s};\n" % values))

    def test_lines_have_a_limit(self):
        self.assert_clean(_source("storage/log/x.cc", "//" + "\u00e9" * 98 + "\n"))
        self.assert_breaks("columns", _source("storage/log/x.cc", "//" + "x" * 99 + "\n"))
        self.assert_breaks("columns", {"tools/script": "#" + "x" * 100 + "\n"})

    def test_headers_are_guarded_by_their_path(self):
        for guard in (
            "#pragma once\n",
            "#ifndef X_H_\n#define X_H_\n#endif  // X_H_\n",
            "#ifndef TIDEMARK_STORAGE_LOG_X_H_\n#define TIDEMARK_STORAGE_LOG_X_H_\n#endif\n",
        ):
            with self.subTest(guard):
                self.assert_breaks("include-guard", _source("storage/log/x.h", guard))

    def test_every_source_is_built(self):
        self.assert_breaks("orphan", {"storage/base/lost.cc": "int x;\n"})
        exports = 'exports_files(["lost.h"])\n'
        self.assert_breaks("orphan", {"storage/x.cc": "int x;\n", "storage/BUILD.bazel": exports})

    def test_a_source_may_be_built_by_another_package(self):
        build = 'cc_library(name = "x", hdrs = ["//storage/log:x.cc"])\n'
        exports = 'exports_files(["x.cc"])\n'
        files = {"storage/log/x.cc": "int x;\n", "storage/log/BUILD.bazel": exports}
        self.assert_clean({**files, "storage/engine/BUILD.bazel": build})

    def test_a_test_with_threads_says_so(self):
        text = "void F() { std::thread t; }\n"
        build = 'cc_test(\n    name = "x_test",\n    srcs = ["x_test.cc"],%s\n)\n'
        files = {"storage/log/x_test.cc": text, "storage/log/BUILD.bazel": build % ""}
        self.assert_breaks("concurrent", files)
        files["storage/log/BUILD.bazel"] = build % '\n    tags = ["concurrent"],'
        self.assert_clean(files)

    def test_nothing_is_left_unfinished(self):
        for word in ("TO" "DO", "FIX" "ME"):
            self.assert_breaks("unfinished", _source("storage/log/x.cc", "// %s: later\n" % word))
            self.assert_breaks("unfinished", {"docs/X.md": "# X\n\n%s\n" % word})

    def test_documents_have_one_title(self):
        self.assert_breaks("title", {"docs/X.md": "No title\n"})
        self.assert_breaks("title", {"docs/X.md": "# One\n\n# Two\n"})

    def test_relative_links_lead_somewhere(self):
        self.assert_breaks("link", {"docs/X.md": "# X\n\n[gone](gone.md)\n"})
        self.assert_breaks("link", {"README.md": "# X\n\n[gone](docs/GONE.md#part)\n"})
        text = "# X\n\n[a](https://x.y/z) [b](#x) [c](GUIDE.md) [d](/docs) `[e](gone.md)`\n"
        self.assert_clean({"docs/X.md": text})

    def test_an_exemption_silences_its_rule_in_its_file(self):
        exempt = {exemptions.PATH: "storage/base/lost.cc | orphan | it is only an example\n"}
        self.assert_clean({"storage/base/lost.cc": "int x;\n", **exempt})
        lost = {"storage/base/lost.cc": "std::thread t;\n", **exempt}
        self.assert_breaks("effect", lost)

    def test_exemptions_are_needed_and_well_formed(self):
        for text in (
            "storage/base/clean.h | orphan | it is not needed\n",
            "storage/base/clean.h | no-such-rule | it is unknown\n",
            "storage/base/lost.cc | orphan |\n",
            "storage/base/lost.cc orphan\n",
        ):
            with self.subTest(text):
                self.assert_breaks("exemption", {exemptions.PATH: text})

    def test_every_rule_is_broken_by_some_test(self):
        with open(__file__, encoding="utf-8") as file:
            text = file.read()
        for rule in tidy.RULES + exemptions.RULES:
            self.assertIn('assert_breaks("%s"' % rule, text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
