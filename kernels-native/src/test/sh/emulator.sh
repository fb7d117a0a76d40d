#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the machine code of the AVX-512 and AMX kernels on an emulated CPU: builds the static checkkernels and gives it to
# COMMAND, which takes a program and its arguments and passes output and exit status on, such as Intel SDE's
# "sde64 -spr --". Takes some minutes; fails unless every instruction set ran and agreed with the scalar kernels.
#
# Emulators are slow, have one processor and may limit a run's time: the checks of an instruction set are dealt out to
# several runs, as many at a time as this machine has processors.
set -eu

command=${1:?usage: emulator.sh COMMAND OUTPUT}
output=${2:?usage: emulator.sh COMMAND OUTPUT}
sources=$(cd "$(dirname "$0")/../../main/c" && pwd)
isas='avx512 avx512vbmi2 avx512bf16 amx'
parts='0 1 2 3'

make -s -C "$sources" "OUT=$output" checkkernels-static
rm -f "$output"/emulated-*.txt
: >"$output/failed.txt"
# The first run may set the emulator up, and shows whether it works at all.
# shellcheck disable=SC2086 # the command may hold options, separated by spaces
if ! $command "$output/check/checkkernels-static" --quick --isa scalar --kernel add >"$output/first.txt" 2>&1 </dev/null; then
    echo 'emulator: it runs no program:'
    tail -n 25 "$output/first.txt"
    exit 1
fi
workers=$(getconf _NPROCESSORS_ONLN)
echo "emulator: $workers runs at a time ..."
# What a run prints goes to a file of its own, and the instruction set of one that failed to another.
for isa in $isas; do
    for part in $parts; do
        echo "$isa $part"
    done
done | xargs -n 2 -P "$workers" sh -c '
    $1 "$2/check/checkkernels-static" --quick --isa "$4" --part "$5/$3" >"$2/emulated-$4-$5.txt" 2>&1 </dev/null ||
        echo "$4" >>"$2/failed.txt"' run "$command" "$output" "$(echo "$parts" | wc -w)"

status=0
for isa in $isas; do
    if grep -q -x "$isa" "$output/failed.txt"; then
        printf 'emulator: %s failed:\n' "$isa"
        tail -n 25 "$output/emulated-$isa"-*.txt
        status=1
    elif grep -h "^$isa .*skipped:" "$output/emulated-$isa"-*.txt; then
        printf 'emulator: %s did not run on the emulated CPU\n' "$isa"
        status=1
    else
        printf 'emulator: %s ok, %s kernels\n' "$isa" "$(cat "$output/emulated-$isa"-*.txt | grep -c "^$isa .* ok\$")"
    fi
done
exit "$status"
