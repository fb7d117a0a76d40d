#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What llvm-mca (LLVM 19 or newer: older ones do not know this CPU) says of the inner loops on Sapphire Rapids: cycles for
# each product of tiles, or of registers, with operands in the first-level cache.
#
# Its model has no entry for tile instructions: each takes the default of 100 cycles, on any port. LLVM 22 takes latencies
# from the source, so it is given Intel's, and what is left is how long the chains of sums take; the tile unit is not in the
# model, and is busy for 16 cycles with a product of full tiles. Older releases can say nothing of these loops.
# Source of the latencies: Intel 64 and IA-32 Architectures Optimization Reference Manual, chapter on AMX.
#
#   inner-loops.sh [LLVM_MCA]
set -eu

PRODUCT_LATENCY=52
LOAD_LATENCY=45
PRODUCT_CYCLES=16

mca=${1:-}
for candidate in llvm-mca-22 llvm-mca-21 llvm-mca-20 llvm-mca-19 llvm-mca; do
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

# Cycles of 100 turns of loop $1.
cycles() { "$mca" -mtriple=x86_64 -mcpu=sapphirerapids -iterations=100 "$1" 2>/dev/null | awk '/^Total Cycles:/ { print $3 }'; }

# Loop $1 with the latencies of its tile instructions.
with_latencies() {
    awk -v product="$PRODUCT_LATENCY" -v load="$LOAD_LATENCY" '
        /^\ttdp/ { print "# LLVM-MCA-LATENCY " product; print; print "# LLVM-MCA-LATENCY"; next }
        /^\ttileload/ { print "# LLVM-MCA-LATENCY " load; print; print "# LLVM-MCA-LATENCY"; next }
        { print }' "$1"
}

# Leaves the innermost loop of unit $1 that has the most instructions $2 in $loop, and their number in $count.
find_loop() {
    make -s -B "OUT=$work" "CHECK_OUT=$work" "CFLAGS=-O2 -S" "$work/obj/${1%.c}.o"
    loop=$work/loop.s
    : >"$loop"
    count=$(awk -v wanted="$2" -v loop="$loop" '
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
        END { for (i = from; i < to; i++) print text[i] > loop; print most + 0 }' "$work/obj/${1%.c}.o")
    [ "$count" -gt 0 ] || {
        echo "inner loops: $1 has no loop with $2"
        exit 1
    }
    printf '%-28s %3d %-10s ' "$1" "$count" "$2"
}

each() { awk -v cycles="$1" -v count="$count" 'BEGIN { printf "%.2f", cycles / 100 / count }'; }

measure_registers() {
    find_loop "$1" "$2"
    printf '%s cycles each\n' "$(each "$(cycles "$loop")")"
}

measure_tiles() {
    find_loop "$1" "$2"
    with_latencies "$loop" >"$work/known.s"
    default=$(cycles "$loop")
    known=$(cycles "$work/known.s")
    if [ "$known" -lt "$default" ]; then
        printf '%s cycles each for the chains of sums; the tile unit: %s\n' "$(each "$known")" "$PRODUCT_CYCLES"
    else
        printf 'not modelled: %s cycles each are the default latency (LLVM 22 takes others)\n' "$(each "$default")"
    fi
}

measure_tiles amx_matmul_bf16.c tdpbf16ps
measure_tiles amx_matmul_codes.c tdpbssd
measure_registers avx512_matmul_codes.c vpdpbusd
