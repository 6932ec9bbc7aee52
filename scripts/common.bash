# The other scripts source this file. It changes to the root of the checkout and has their shared definitions.
# shellcheck shell=bash

shopt -s inherit_errexit

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit

# SwiftPM compiles again if the environment has changed, so remove make's variables and our parameters from it.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS MAKE_TERMOUT MAKE_TERMERR
export -n RUNS TIME URL

# SwiftPM passes traits in the order of a set. With random hashing that order changes, and it compiles everything again.
export SWIFT_DETERMINISTIC_HASHING=1

# Build, tests and documentation share these traits, because other traits compile everything again.
# shellcheck disable=SC2034,SC2054
traits=(--traits YAML,BSON,Compression)

# Concurrent tests need more files and connections than the common limit of 1024.
open_files=$(ulimit -Sn)
if [[ $open_files != unlimited ]] && ((open_files < 8192)); then
    ulimit -Sn 8192 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
fi

# The python3 with the tests' packages, if it isn't first on PATH; see setup.
if [[ -x .build-python/bin/python3 ]]; then
    PATH="$root/.build-python/bin:$PATH"
fi

# Without a limit, all test cases start at once and slow each other down, so each takes minutes.
: "${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:=$(($(getconf _NPROCESSORS_ONLN) * 2))}"
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH

# Prints why the script fails, and exits.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Options that build another package in this one's scratch folder and reuse the dependencies there. Without the second
# option, SwiftPM would use the last plan, even if it was for another package.
# shellcheck disable=SC2034,SC2054
shared_scratch=(--scratch-path .build --disable-build-manifest-caching)

# The sources for swift format, which skips hidden folders such as .build.
# shellcheck disable=SC2034
swift_sources=(Package.swift Sources Plugins Tests Benchmarks Examples Fuzz)
