"""The system libraries that Tidemark uses."""

load("//third_party:system_library.bzl", "system_library")

_ABSL_LIBRARIES = [
    "cleanup",
    "core_headers",
    "flat_hash_map",
    "flat_hash_set",
    "function_ref",
    "optional",
    "span",
    "status",
    "statusor",
    "str_format",
    "strings",
    "time",
]

def system_libraries():
    """Declares one repository for each system library."""
    system_library(
        name = "absl",
        targets = {name: ["absl_" + name] for name in _ABSL_LIBRARIES},
    )
    system_library(
        name = "gtest",
        targets = {
            "gmock": ["gmock"],
            "gtest": ["gtest"],
            "gtest_main": ["gtest_main"],
        },
    )
    system_library(
        name = "benchmark",
        targets = {
            "benchmark": ["benchmark"],
            "benchmark_main": ["-lbenchmark_main", "benchmark"],
        },
    )
    system_library(name = "cli11", targets = {"cli11": ["CLI11"]})

    # Debian's LevelDB has no description for pkg-config.
    system_library(name = "leveldb", targets = {"leveldb": ["-lleveldb"]})
    system_library(name = "liburing", targets = {"uring": ["liburing"]})
    system_library(name = "lmdb", targets = {"lmdb": ["lmdb"]})
    system_library(name = "lz4", targets = {"lz4": ["liblz4"]})
    system_library(name = "nlohmann_json", targets = {"json": ["nlohmann_json"]})
    system_library(name = "rocksdb", targets = {"rocksdb": ["rocksdb"]})
    system_library(name = "snappy", targets = {"snappy": ["snappy"]})
    system_library(name = "sqlite3", targets = {"sqlite3": ["sqlite3"]})
    system_library(name = "zlib", targets = {"zlib": ["zlib"]})
    system_library(name = "zstd", targets = {"zstd": ["libzstd"]})
