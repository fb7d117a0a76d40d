#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the native kernels into OUTPUT/native/<os>-<arch>, or leaves there the reason why it could not: without them the
# server runs on the Vector API, so a missing tool must not fail the build. An error in the sources does.
set -eu

output=${1:?usage: build.sh OUTPUT}
cd "$(dirname "$0")"

os=$(uname -s | tr '[:upper:]' '[:lower:]')
arch=$(uname -m)
[ "$arch" = arm64 ] && arch=aarch64
directory=$output/native/$os-$arch
library=$directory/libdendra_kernels.so
marker=$directory/skipped.txt
mkdir -p "$directory"

skip() {
    rm -f "$library"
    printf '%s\n' "$1" >"$marker"
    printf 'native kernels: skipped, %s\n' "$1"
    exit 0
}

# $CC may hold flags; its first word is the program.
compiler=
for candidate in "${CC:-}" cc gcc clang; do
    if [ -n "$candidate" ] && command -v "${candidate%% *}" >/dev/null 2>&1; then
        compiler=$candidate
        break
    fi
done

[ "$os" = linux ] || skip "they are built on Linux only, this is $os"
[ -n "$compiler" ] || skip "no C compiler (install gcc or clang and make)"
command -v make >/dev/null 2>&1 || skip "no make (install gcc or clang and make)"

rm -f "$marker"
# Called from a make, this one must not inherit its flags.
unset MAKEFLAGS MFLAGS
make -s "CC=$compiler" "OUT=$directory"
