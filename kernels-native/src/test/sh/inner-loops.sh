#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What llvm-mca (LLVM 19 or newer: older ones do not know this CPU) says of the inner loops on Sapphire Rapids: cycles for
# each product of tiles, or of registers, with operands in the first-level cache. A product of full tiles takes 16 cycles.
#
#   inner-loops.sh [LLVM_MCA]
set -eu

mca=${1:-}
for candidate in llvm-mca-21 llvm-mca-20 llvm-mca-19 llvm-mca; do
    [ -n "$mca" ] || ! command -v "$candidate" >/dev/null 2>&1 || mca=$candidate
done
[ -n "$mca" ] || {
    echo "inner loops: skipped, no llvm-mca (Debian: llvm-19)"
    exit 0
}
"$mca" -mcpu=help -mtriple=x86_64 </dev/null 2>&1 | grep -q sapphirerapids || {
    echo "inner loops: skipped, $mca does not know sapphirerapids"
    exit 0
}

cd "$(dirname "$0")/../../main/c"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The innermost loop of unit $1 that has the most instructions $2.
measure() {
    make -s -B "OUT=$work" "CHECK_OUT=$work" "CFLAGS=-O2 -S" "$work/obj/${1%.c}.o"
    loop=$work/loop.s
    awk -v wanted="$2" -v loop="$loop" '
        /^[.A-Za-z_][^ ]*:/ { sub(/:.*/, "", $1); start[$1] = lines; next }
        /^\t\./ || /^#/ { next }
        {
            text[lines++] = $0
            if ($1 !~ /^j/ || !($2 in start) || start[$2] < inner) next
            for (i = start[$2]; i < lines; i++) found += text[i] ~ wanted
            if (found > 0) inner = lines
            if (found > most) { most = found; from = start[$2]; to = lines }
            found = 0
        }
        END { for (i = from; i < to; i++) print text[i] > loop; print most + 0 }' "$work/obj/${1%.c}.o" >"$work/count"
    count=$(cat "$work/count")
    if [ "$count" -eq 0 ]; then
        printf '%-28s no loop with %s\n' "$1" "$2"
        return
    fi
    "$mca" -mtriple=x86_64 -mcpu=sapphirerapids -iterations=100 "$loop" >"$work/report" 2>/dev/null
    awk -v unit="$1" -v what="$2" -v count="$count" '
        /^Total Cycles:/ { cycles = $3 }
        /^Block RThroughput:/ { bound = $3 }
        END {
            printf "%-28s %2d %-14s %6.2f cycles each (bound by ports: %.2f)\n", unit, count, what,
                cycles / 100 / count, bound / count
        }' "$work/report"
}

measure amx_matmul_bf16.c tdpbf16ps
measure amx_matmul_codes.c tdpbssd
measure avx512_matmul_codes.c vpdpbusd
