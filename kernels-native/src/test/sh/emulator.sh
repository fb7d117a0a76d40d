#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the machine code of the AVX-512 and AMX kernels on an emulated CPU: builds the static checkkernels and gives it to
# COMMAND, which takes a program and its arguments and passes output and exit status on, such as Intel SDE's
# "sde64 -spr --". Takes a few minutes; fails unless every instruction set ran and agreed with the scalar kernels.
set -eu

command=${1:?usage: emulator.sh COMMAND OUTPUT}
output=${2:?usage: emulator.sh COMMAND OUTPUT}
sources=$(cd "$(dirname "$0")/../../main/c" && pwd)

make -s -C "$sources" "OUT=$output" checkkernels-static
status=0
for isa in avx512 avx512vbmi2 avx512bf16 amx; do
    log=$output/emulated-$isa.txt
    printf 'emulator: %s ...\n' "$isa"
    # shellcheck disable=SC2086 # the command may hold options, separated by spaces
    if ! $command "$output/check/checkkernels-static" --quick --isa "$isa" >"$log" 2>&1 </dev/null; then
        printf 'emulator: %s failed:\n' "$isa"
        tail -n 25 "$log"
        status=1
    elif grep "^$isa .*skipped:" "$log"; then
        printf 'emulator: %s did not run on the emulated CPU\n' "$isa"
        status=1
    else
        printf 'emulator: %s ok, %s kernels\n' "$isa" "$(grep -c "^$isa .* ok\$" "$log" || true)"
    fi
done
exit "$status"
