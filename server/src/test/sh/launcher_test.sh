#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tests of ./dendra on made-up machines: a checkout of two empty modules, JDKs and a Maven that only say how they were
# called, and a PATH with nothing but basic tools.
#
#   launcher_test.sh LAUNCHER CASE      runs one case; without CASE lists them
set -eu

launcher=$1
case=${2:-}

if [ -z "$case" ]; then
    sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' "$0"
    exit 0
fi

machine=$(mktemp -d)
trap 'rm -rf "$machine"' EXIT

# ---- The machine ----

checkout=$machine/checkout
bin=$machine/bin
jvms=$machine/jvm
mkdir -p "$checkout/server/src/main" "$checkout/loadtest/src/main" "$bin" "$jvms"
cp "$launcher" "$checkout/dendra"
touch "$checkout/pom.xml" "$checkout/server/pom.xml" "$checkout/server/src/main/Main.java"

for tool in sh dirname sed head tail find mkdir rm mv ln readlink sleep cat uname awk sort grep touch; do
    printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v "$tool")" >"$bin/$tool"
    chmod +x "$bin/$tool"
done

script() {
    printf '#!/bin/sh\n' >"$1"
    cat >>"$1"
    chmod +x "$1"
}

# A Java installation in $1 of version $2 that prints how it is called.
runtime() {
    mkdir -p "$1/bin"
    printf 'JAVA_VERSION="%s"\n' "$2" >"$1/release"
    script "$1/bin/java" <<EOF
echo "ran $1:" "\$@"
EOF
}

jdk() {
    runtime "$1" "$2"
    script "$1/bin/javac" </dev/null
}

# A Maven in $1 that says it has version $2 and builds jars of no content; it counts its builds.
maven() {
    script "$1" <<EOF
[ "\$1" = --version ] && echo "Apache Maven $2" && exit 0
echo "built by $1 with \$JAVA_HOME:" "\$@" >>"$machine/builds"
[ -f "$machine/maven-output" ] && cat "$machine/maven-output"
[ -f "$machine/maven-fails" ] && exit 1
[ -f "$machine/maven-is-slow" ] && sleep 1
case "\$*" in *launcher*) profile=launcher ;; *) exit 0 ;; esac
for module in server loadtest; do
    mkdir -p "$checkout/\$module/target/launcher"
    touch "$checkout/\$module/target/launcher/dendra-\$module-1.jar"
done
EOF
}

# Runs the launcher; its output goes to $machine/out, its exit status to $status.
dendra() {
    status=0
    env -i "PATH=$bin" "HOME=$machine" "DENDRA_JVM_DIRECTORY=$jvms" "$@" >"$machine/out" 2>&1 || status=$?
}

fail() {
    echo "$case: $*"
    echo "status $status, output:"
    cat "$machine/out"
    exit 1
}
expect_status() { [ "$status" -eq "$1" ] || fail "expected exit status $1"; }
expect() { grep -q -F -e "$1" "$machine/out" || fail "expected in the output: $1"; }
expect_not() { ! grep -q -F -e "$1" "$machine/out" || fail "not expected in the output: $1"; }
expect_builds() {
    builds=0
    [ ! -f "$machine/builds" ] || builds=$(grep -c . "$machine/builds")
    [ "$builds" -eq "$1" ] || fail "expected $1 builds, there were $builds"
}

# ---- Java ----

test_java_17_alone_is_not_enough() {
    jdk "$jvms/java-17" 17.0.15
    jdk "$machine/home" 17.0.15
    dendra "JAVA_HOME=$machine/home" "$checkout/dendra" serve
    expect_status 1
    expect "no JDK 25 or newer found"
    expect "Install one"
    expect_builds 0
}

test_dendra_java_home_comes_first() {
    jdk "$jvms/a" 25
    jdk "$machine/mine" 26-ea
    maven "$bin/mvn" 3.9.9
    dendra "DENDRA_JAVA_HOME=$machine/mine" "JAVA_HOME=$jvms/a" "$checkout/dendra" serve
    expect_status 0
    expect "ran $machine/mine:"
}

test_dendra_java_home_must_fit() {
    jdk "$jvms/a" 25
    jdk "$machine/mine" 21.0.1
    dendra "DENDRA_JAVA_HOME=$machine/mine" "$checkout/dendra" serve
    expect_status 1
    expect "DENDRA_JAVA_HOME=$machine/mine is not a JDK 25 or newer"
}

test_an_old_java_home_is_passed_over() {
    jdk "$machine/old" 17.0.15
    jdk "$jvms/temurin-25" 25.0.3
    maven "$bin/mvn" 3.9.9
    dendra "JAVA_HOME=$machine/old" "$checkout/dendra" serve
    expect_status 0
    expect "ran $jvms/temurin-25:"
}

test_java_on_the_path_is_asked_where_it_is() {
    jdk "$machine/elsewhere" 25.0.1
    script "$bin/java" <<EOF
echo "    java.home = $machine/elsewhere" >&2
EOF
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    expect_status 0
    expect "ran $machine/elsewhere:"
}

test_a_version_without_a_release_file_is_asked_for() {
    jdk "$jvms/a" 25
    rm "$jvms/a/release"
    script "$jvms/a/bin/java" <<'EOF'
[ "$1" = -version ] && echo 'openjdk version "25.0.3" 2026-01-20' >&2 && exit 0
echo "ran without a release file"
EOF
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    expect_status 0
    expect "ran without a release file"
}

test_a_runtime_without_a_compiler_cannot_build() {
    runtime "$jvms/jre" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    expect_status 1
    expect "Java runtime without a compiler"
    expect "openjdk-25-jdk"
    expect_builds 0
}

test_a_jdk_is_preferred_to_a_runtime() {
    runtime "$jvms/a-jre" 25
    jdk "$jvms/b-jdk" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    expect_status 0
    expect "ran $jvms/b-jdk:"
}

# ---- Build ----

test_builds_once_and_again_when_a_source_is_newer() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    expect_status 0
    expect "building"
    dendra "$checkout/dendra" serve
    expect_not "building"
    expect_builds 1
    touch -d '2100-01-01 00:00' "$checkout/server/src/main/Main.java" 2>/dev/null ||
        touch -t 210001010000 "$checkout/server/src/main/Main.java"
    dendra "$checkout/dendra" serve
    expect_builds 2
}

test_builds_again_when_the_jar_is_gone() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" serve
    rm -r "$checkout/server/target"
    dendra "$checkout/dendra" serve
    expect_status 0
    expect_builds 2
}

test_an_old_maven_gives_way_to_the_wrapper() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.6.3
    maven "$checkout/mvnw" 3.9.11
    dendra "$checkout/dendra" serve
    expect_status 0
    grep -q "built by $checkout/mvnw with $jvms/a:" "$machine/builds" || fail "the wrapper was not used"
}

test_no_maven_is_no_problem() {
    jdk "$jvms/a" 25
    maven "$checkout/mvnw" 3.9.11
    dendra "$checkout/dendra" serve
    expect_status 0
    expect_builds 1
}

test_a_failed_build_shows_the_end_of_its_log_and_runs_nothing() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    echo "[ERROR] Main.java:[1,1] class expected" >"$machine/maven-output"
    touch "$machine/maven-fails"
    dendra "$checkout/dendra" serve
    expect_status 1
    expect "class expected"
    expect "the build failed"
    expect_not "ran $jvms/a"
    rm "$machine/maven-fails"
    dendra "$checkout/dendra" serve
    expect_status 0
}

test_no_network_is_told_once() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    echo "[ERROR] Could not transfer artifact a:b:jar:1 from central: Unknown host repo.maven.apache.org" >"$machine/maven-output"
    touch "$machine/maven-fails"
    dendra "$checkout/dendra" serve
    expect_status 1
    expect "The first build needs the network"
    expect_not "the build failed"
}

test_no_c_compiler_is_told_and_costs_nothing_else() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    echo "native kernels: skipped, no C compiler (install gcc or clang and make)" >"$machine/maven-output"
    dendra "$checkout/dendra" serve
    expect_status 0
    expect "native kernels: skipped, no C compiler (install gcc or clang and make)"
    expect "ran $jvms/a:"
}

test_two_launches_at_once_build_once() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    touch "$machine/maven-is-slow"
    env -i "PATH=$bin" "HOME=$machine" "DENDRA_JVM_DIRECTORY=$jvms" "$checkout/dendra" serve >"$machine/other" 2>&1 &
    dendra "$checkout/dendra" serve
    wait $! || fail "the other launch failed: $(cat "$machine/other")"
    expect_status 0
    expect "ran $jvms/a:"
    grep -q "ran $jvms/a:" "$machine/other" || fail "the other launch ran nothing: $(cat "$machine/other")"
    expect_builds 1
}

test_the_lock_of_a_dead_process_is_taken_over() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    mkdir -p "$checkout/target/launcher"
    sh -c 'echo $$' >"$machine/dead"
    ln -s "$(cat "$machine/dead")" "$checkout/target/launcher/lock"
    dendra "$checkout/dendra" serve
    expect_status 0
    expect_builds 1
    [ ! -L "$checkout/target/launcher/lock" ] || fail "the lock was left behind"
}

# ---- Run ----

test_arguments_reach_the_cli_as_they_are() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" complete "two  words" '*'
    expect_status 0
    expect "-jar $checkout/server/target/launcher/dendra-server-1.jar complete two  words *"
    expect "--add-modules jdk.incubator.vector"
    expect "--enable-native-access=ALL-UNNAMED"
    expect "-Xmx1g"
}

test_the_users_jvm_options_win() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "JAVA_TOOL_OPTIONS=-XX:+UseG1GC -Xmx3g" "$checkout/dendra" serve
    expect_not "SerialGC"
    expect_not "-Xmx1g"
    dendra "DENDRA_JAVA_OPTIONS=-XX:+UseZGC -Dx=y" "$checkout/dendra" serve
    expect "-XX:+UseZGC -Dx=y -jar"
    expect_not "SerialGC"
    expect "-Xmx1g"
}

test_the_compilation_of_kernels_is_waited_for() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" bench
    expect "-XX:CompileCommand=BackgroundCompilation,dev.dendra.kernels.vector.*::*,false"
}

test_a_server_keeps_its_loaded_classes_for_the_next_start() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    archive=$checkout/target/launcher/server.jsa
    dendra "$checkout/dendra" doctor
    expect_not "SharedArchiveFile"
    dendra "$checkout/dendra" serve
    expect "-XX:+AutoCreateSharedArchive"
    expect "-XX:SharedArchiveFile=$archive"
    touch "$archive"
    dendra "$checkout/dendra" doctor
    expect "-XX:SharedArchiveFile=$archive"
    expect_not "AutoCreateSharedArchive"
    dendra "$checkout/dendra" loadtest
    expect_not "SharedArchiveFile"
}

test_a_build_throws_the_kept_classes_away() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" doctor
    touch "$checkout/target/launcher/server.jsa"
    rm -r "$checkout/server/target"
    dendra "$checkout/dendra" doctor
    expect_builds 2
    expect_not "SharedArchiveFile"
}

test_nothing_is_kept_where_nothing_can_be_written() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" doctor
    chmod a-w "$checkout/target/launcher"
    # Who may write everywhere, may write there too.
    [ -w "$checkout/target/launcher" ] || {
        dendra "$checkout/dendra" serve
        expect_status 0
        expect_not "SharedArchiveFile"
    }
    chmod u+w "$checkout/target/launcher"
}

test_an_archive_of_the_users_own_is_left_alone() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "DENDRA_JAVA_OPTIONS=-XX:AOTCacheOutput=mine.aot" "$checkout/dendra" serve
    expect_not "SharedArchiveFile"
    dendra "JAVA_TOOL_OPTIONS=-Xshare:off" "$checkout/dendra" serve
    expect_not "SharedArchiveFile"
}

test_models_of_the_checkout_are_found() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    script "$jvms/a/bin/java" <<'EOF'
echo "models in $DENDRA_MODELS"
EOF
    dendra "$checkout/dendra" serve
    expect "models in $checkout/models"
    dendra "DENDRA_MODELS=/elsewhere" "$checkout/dendra" serve
    expect "models in /elsewhere"
}

test_a_path_with_spaces_is_one_argument() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    mkdir "$machine/a b"
    mv "$checkout" "$machine/a b/checkout"
    script "$jvms/a/bin/java" <<'EOF'
for argument; do echo "[$argument]"; done
EOF
    sed -e "s|$machine/checkout|$machine/a b/checkout|g" "$bin/mvn" >"$machine/mvn" && mv "$machine/mvn" "$bin/mvn"
    chmod +x "$bin/mvn"
    dendra "$machine/a b/checkout/dendra" serve
    expect "[-XX:SharedArchiveFile=$machine/a b/checkout/target/launcher/server.jsa]"
}

test_the_exit_status_is_the_clis() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    script "$jvms/a/bin/java" <<'EOF'
exit 2
EOF
    dendra "$checkout/dendra" serve --nonsense
    expect_status 2
}

test_loadtest_runs_its_own_jar() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    dendra "$checkout/dendra" loadtest --url http://localhost
    expect_status 0
    expect "-jar $checkout/loadtest/target/launcher/dendra-loadtest-1.jar --url http://localhost"
    expect_not "incubator"
}

test_it_runs_through_a_link_from_anywhere() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    mkdir "$machine/links"
    ln -s ../checkout/dendra "$machine/links/dendra"
    cd /
    dendra "$machine/links/dendra" serve
    expect_status 0
    expect "$checkout/server/target/launcher/dendra-server-1.jar"
}

# ---- Test ----

test_tests_run_maven_verify_and_list_what_was_skipped() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    reports=$checkout/server/target/surefire-reports
    mkdir -p "$reports"
    cat >"$reports/TEST-a.xml" <<'EOF'
  <testcase name="needsModel" classname="dev.dendra.SomeTest" time="0.1">
    <skipped message="Assumption failed: the model is &quot;not&quot; here" type="x"/>
  <testcase name="passes" classname="dev.dendra.SomeTest" time="0.1"/>
EOF
    touch -t 210001010000 "$reports/TEST-a.xml"
    echo "[INFO] BUILD SUCCESS" >"$machine/maven-output"
    dendra "DENDRA_TEST_MODEL=$machine/model" "$checkout/dendra" test -pl server
    expect_status 0
    expect "BUILD SUCCESS"
    expect 'dev.dendra.SomeTest.needsModel: the model is "not" here'
    expect_not "SomeTest.passes"
    grep -q -e "-B verify -pl server" "$machine/builds" || fail "Maven was not called as expected"
}

test_failing_tests_fail() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    touch "$machine/maven-fails"
    dendra "DENDRA_TEST_MODEL=$machine/model" "$checkout/dendra" test
    expect_status 1
}

test_the_model_is_fetched_for_the_tests() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    script "$jvms/a/bin/java" <<EOF
echo "\$@" >>"$machine/fetches"
touch "$machine/model.gguf"
echo "$machine/model.gguf"
EOF
    dendra "$checkout/dendra" test
    expect_status 0
    grep -q "dendra-server-1.jar fetch" "$machine/fetches" || fail "nothing was fetched"
}

test_without_a_model_the_tests_still_run() {
    jdk "$jvms/a" 25
    maven "$bin/mvn" 3.9.9
    script "$jvms/a/bin/java" <<'EOF'
echo "no network" >&2
exit 1
EOF
    dendra "$checkout/dendra" test
    expect_status 0
    expect "no test model"
    grep -q -e "-B verify" "$machine/builds" || fail "the tests did not run"
}

"$case"
