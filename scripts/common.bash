# Sourced by the scripts beside it: goes to the root of the checkout and names what they share.
# shellcheck shell=bash

shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

# SwiftPM builds anew when the environment has changed. What make adds to it, and what scripts are told by it, is for the
# scripts alone.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS MAKE_TERMOUT MAKE_TERMERR
export -n RUNS TIME URL

# SwiftPM defines traits in the order of a set. Where that is another one each time, it compiles anew each time it plans.
export SWIFT_DETERMINISTIC_HASHING=1

# One set of traits for build, tests and documentation: another set would build everything anew.
# shellcheck disable=SC2034,SC2054
traits=(--traits YAML,BSON,Compression)

# Tests run side by side, each with files and connections of its own: with more of them than the 1024 that many machines
# allow until one asks.
open_files=$(ulimit -Sn)
if [[ $open_files != unlimited ]] && ((open_files < 8192)); then
    ulimit -Sn 8192 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
fi

# Where the tests' python packages are, if the python3 on PATH is without them; see setup.
if [[ -x .build-python/bin/python3 ]]; then
    PATH="$root/.build-python/bin:$PATH"
fi

# Says why the script stops, and stops.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# For building another package in this one's scratch folder, where what it depends on is there, built. Without the second
# option SwiftPM goes on with the plan that it made last, for whichever package that was.
# shellcheck disable=SC2034,SC2054
shared_scratch=(--scratch-path .build --disable-build-manifest-caching)

# What swift format looks at; it leaves out hidden folders, such as .build.
# shellcheck disable=SC2034
swift_sources=(Package.swift Sources Tests Benchmarks Examples Fuzz)
