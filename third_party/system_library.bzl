"""Libraries of the operating system as Bazel targets, described by pkg-config."""

_BUILD_HEADER = """package(default_visibility = ["//visibility:public"])
"""

_BUILD_TARGET = """
cc_library(
    name = {name},
    defines = {defines},
    linkopts = {linkopts},
)
"""

def _pkg_config(repository_ctx, module):
    result = repository_ctx.execute(["pkg-config", "--cflags", "--libs", module])
    if result.return_code != 0:
        fail("pkg-config does not know '%s' (wanted by @%s). Run tools/setup.\n%s" % (
            module,
            repository_ctx.name,
            result.stderr,
        ))
    return [flag for flag in result.stdout.strip().split(" ") if flag]

def _split_flags(repository_ctx, target, flags):
    defines = []
    linkopts = []
    for flag in flags:
        if flag.startswith("-D"):
            defines.append(flag[2:])
        elif flag == "-pthread" or flag[:2] in ("-l", "-L") or flag.startswith("-Wl,"):
            linkopts.append(flag)
        else:
            # An include folder outside the compiler's own would have to become an input of every
            # compilation; none of Debian's packages that are used here needs one.
            fail("@%s//:%s: unsupported flag '%s'" % (repository_ctx.name, target, flag))
    return defines, linkopts

def _system_library_impl(repository_ctx):
    build = _BUILD_HEADER
    for target in sorted(repository_ctx.attr.targets):
        flags = []
        for entry in repository_ctx.attr.targets[target]:
            flags += [entry] if entry.startswith("-") else _pkg_config(repository_ctx, entry)
        defines, linkopts = _split_flags(repository_ctx, target, flags)
        build += _BUILD_TARGET.format(
            name = repr(target),
            defines = repr(defines),
            linkopts = repr(linkopts),
        )
    repository_ctx.file("BUILD.bazel", build, executable = False)

system_library = repository_rule(
    implementation = _system_library_impl,
    doc = "One repository whose targets stand for installed libraries.",
    local = True,
    attrs = {
        "targets": attr.string_list_dict(
            mandatory = True,
            doc = "Target name to pkg-config modules; an entry like '-lname' is a flag as it is.",
        ),
    },
)
