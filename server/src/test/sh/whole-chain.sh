#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the packaged server in a JVM on an emulated CPU with AMX: a small model must go on with the words that the scalar
# kernels find on this machine, on native kernels for AMX and for AVX-512 and on vector kernels of 512 bits; and `doctor`
# must say that AMX may be used, or why not. Takes a few minutes.
#
#   whole-chain.sh COMMAND JAVA_HOME OUTPUT
#
# COMMAND takes a program and its arguments and passes output and exit status on. It either runs what is installed here,
# such as Intel SDE's "sde64 -spr --", or is a machine of its own with the options --tree FOLDER, which becomes its root,
# --memory MIB, --timeout SECONDS and --env NAME=VALUE.
set -eu

command=${1:?usage: whole-chain.sh COMMAND JAVA_HOME OUTPUT}
java_home=${2:?usage: whole-chain.sh COMMAND JAVA_HOME OUTPUT}
output=${3:?usage: whole-chain.sh COMMAND JAVA_HOME OUTPUT}

server=$(cd "$(dirname "$0")/../../.." && pwd)
refusal=$server/../kernels-native/src/test/c/permission/refuse_tiles.c
modules=java.logging,java.management,java.naming,java.net.http,java.xml,jdk.incubator.vector,jdk.management,jdk.unsupported

say() { printf 'whole chain: %s\n' "$*"; }
skip() {
    say "skipped, $*"
    exit 0
}

jar=
for candidate in "$server"/target/dendra-server-*.jar; do
    [ ! -f "$candidate" ] || jar=$candidate
done
[ -n "$jar" ] && [ -d "$server/target/test-classes" ] || skip "this build made no server"

rm -rf "$output"
mkdir -p "$output/tree/app"
tree=$output/tree

# ---- The application -----------------------------------------------------------------------------------------------

cp "$jar" "$tree/app/server.jar"
cp -R "$server/target/lib" "$tree/app/"
"$java_home/bin/java" -cp "$server/target/test-classes:$jar:$server/target/lib/*" dev.dendra.model.WordModel \
    "$tree/app/words.dendra" >"$output/prompt.txt"
words=$(sed -n 1p "$output/prompt.txt")
prompt=$(sed -n 2p "$output/prompt.txt")
cc -shared -fPIC -o "$tree/app/refuse_tiles.so" "$refusal"

# ---- The machine ---------------------------------------------------------------------------------------------------

# A Java run-time and the libraries that it is linked with.
make_tree() {
    "$java_home/bin/jlink" --add-modules "$modules" --generate-cds-archive --strip-debug --no-header-files --no-man-pages \
        --output "$tree/jre" || return 1
    ldd "$tree/jre/bin/java" "$tree/jre/lib/server/libjvm.so" "$tree"/jre/lib/*.so |
        sed -n 's/^[^:]*[[:space:]]\(\/[^ ]*\) (0x.*/\1/p' | grep -v -F "$tree/" | sort -u >"$output/libraries.txt"
    while read -r library; do
        mkdir -p "$tree$(dirname "$library")"
        cp -L "$library" "$tree$library"
    done <"$output/libraries.txt"
}

# The command with the options of a machine of its own, before the program; with a library to preload if there is $1.
on_tree() {
    preloaded=$1
    shift
    # shellcheck disable=SC2086 # the command may hold options, separated by spaces
    $command --tree "$tree" --memory 1536 --timeout 1800 ${preloaded:+--env "LD_PRELOAD=$preloaded"} "$@" </dev/null
}

# The same where programs are those of this machine.
on_installed() {
    preloaded=$1
    shift
    # shellcheck disable=SC2086
    $command env ${preloaded:+"LD_PRELOAD=$preloaded"} "$@" </dev/null
}

if on_installed '' "$java_home/bin/java" -version >"$output/installed.txt" 2>&1; then
    machine=on_installed java=$java_home/bin/java app=$tree/app
elif ! make_tree >"$output/tree.txt" 2>&1; then
    cat "$output/tree.txt"
    skip "no Java run-time could be made for the emulated machine (see above)"
elif on_tree '' "$tree/jre/bin/java" -version >>"$output/tree.txt" 2>&1; then
    machine=on_tree java=$tree/jre/bin/java app=/app
else
    tail -n 3 "$output/installed.txt" "$output/tree.txt"
    skip "$command runs neither the JVM of this machine nor one in a --tree (see above)"
fi

# ---- The checks ----------------------------------------------------------------------------------------------------

# Small JVMs, as the launcher makes them. The C2 compiler takes most of the time of those that have it.
common="-Xmx256m -XX:+UseSerialGC --add-modules jdk.incubator.vector"
native="$common -XX:TieredStopAtLevel=1"
vector="$common -XX:CompileCommand=quiet -XX:CompileCommand=BackgroundCompilation,dev.dendra.kernels.vector.*::*,false"
vector="$vector -XX:CompileCommand=CompileThresholdScaling,dev.dendra.kernels.vector.*::*,0.02"
failures=$output/failures.txt
: >"$failures"
set -f # the kernels' pattern is the JVM's to match

fail() {
    say "$1: failed: $2"
    tail -n 25 "$output/$1.out" "$output/$1.err"
    echo "$1" >>"$failures"
}

# Check $1: the words with JVM options $2 and what follows.
completes() {
    name=$1 options=$2
    shift 2
    # shellcheck disable=SC2086
    if ! $machine '' "$java" $options -jar "$app/server.jar" complete "$prompt" -n "$words" \
        --model "$app/words.dendra" "$@" >"$output/$name.out" 2>"$output/$name.err"; then
        fail "$name" "it ended with an error"
    elif ! cmp -s "$output/oracle.out" "$output/$name.out"; then
        fail "$name" "other words than those of the scalar kernels:$(cat "$output/oracle.out")"
    else
        say "$name ok"
    fi
}

# Check $1: `doctor`, with library $2 preloaded, finds line $3.
diagnoses() {
    # shellcheck disable=SC2086
    if ! $machine "$2" "$java" $native -jar "$app/server.jar" doctor >"$output/$1.out" 2>"$output/$1.err"; then
        fail "$1" "it ended with an error"
    elif ! grep -q -E "$3" "$output/$1.out"; then
        fail "$1" "no line '$3'"
    else
        say "$1 ok"
    fi
}

# shellcheck disable=SC2086
"$java_home/bin/java" $common -jar "$tree/app/server.jar" complete "$prompt" -n "$words" --model "$tree/app/words.dendra" \
    --kernels reference >"$output/oracle.out" 2>"$output/oracle.err" || {
    cat "$output/oracle.err"
    exit 1
}
say "the scalar kernels go on with$(cat "$output/oracle.out")"

# The longest has a processor for itself, where there are two.
completes vector-512 "$vector" --kernels vector --isa vector-512 &
# What is chosen by default, tiles of bfloat16 for the prompt; then tiles of int8.
completes amx "$native" --kernels native --isa amx
completes amx-i16 "$native" --kernels native --isa amx --activations i16
completes avx512 "$native" --kernels native --isa avx512
diagnoses doctor '' '^ *native +available: amx$'
diagnoses doctor-without-permission "$app/refuse_tiles.so" \
    '^ *native +available: avx512 \(amx: Linux refused the permission to use AMX: .+\)$'
wait
[ ! -s "$failures" ]
