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
parts=4

# The checks with the arguments that follow.
check() {
    # shellcheck disable=SC2086 # the command may hold options, separated by spaces
    $command "$output/check/checkkernels-static" "$@" 2>&1 </dev/null
}

# Every $2-th run from number $1 on; what each printed goes to a file, and the names of those that failed to another.
work() {
    number=0
    for isa in $isas; do
        part=0
        while [ "$part" -lt "$parts" ]; do
            log=$output/emulated-$isa-$part.txt
            if [ $((number % $2)) -eq "$1" ] && ! check --quick --isa "$isa" --part "$part/$parts" >"$log"; then
                echo "$isa" >>"$output/failed.txt"
            fi
            part=$((part + 1))
            number=$((number + 1))
        done
    done
}

make -s -C "$sources" "OUT=$output" checkkernels-static
rm -f "$output"/emulated-*.txt
: >"$output/failed.txt"
# The first run may set the emulator up, and shows whether it works at all.
if ! check --quick --isa scalar --kernel add >"$output/first.txt"; then
    echo 'emulator: it runs no program:'
    tail -n 25 "$output/first.txt"
    exit 1
fi
workers=$(getconf _NPROCESSORS_ONLN)
[ "$workers" -le $((4 * parts)) ] || workers=$((4 * parts))
echo "emulator: $workers runs at a time ..."
worker=0
while [ "$worker" -lt "$workers" ]; do
    work "$worker" "$workers" &
    worker=$((worker + 1))
done
wait

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
