#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the Dockerfile and runs the image, without a container engine's service and without a registry of images.
#
#   deploy/test/container.sh
#
# Debian's debootstrap makes the build image, with the JDK of this machine. Buildah builds, podman runs. Needs root, network
# access to Debian's and Maven's archives while it builds, and about 2 GB below WORK (target/container), where the build image and
# downloads are kept for the next time. Not part of the build.
#
# JAVA_HOME is the JDK; DENDRA_TEST_MODEL the model, else the one that `./dendra serve` has fetched; PORT (8080) and the one after
# it are the container's; BASE another base image than the Dockerfile's own; REUSE=yes takes the image that was built before. The
# last line counts what passed, failed and was skipped; the exit code is 77 if nothing could be done.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=${WORK:-$root/target/container}
port=${PORT:-8080}
admin=$((port + 1))
suite=bookworm
model=${DENDRA_TEST_MODEL:-${DENDRA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dendra}/SmolLM2-135M-Instruct.Q4_1.gguf}
name=dendra-container-test
limit_megabytes=150
# A store of its own, without the kernel's overlay file system, which may be missing inside a container.
store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)

. "$root/deploy/test/checks.sh"

# Everything that podman runs is within a mount namespace of its own, as crun takes no hybrid control groups.
if [ "${IN_NAMESPACE:-}" != yes ]; then
    missing=
    [ "$(id -u)" = 0 ] || missing=" root"
    for tool in buildah podman crun debootstrap unshare; do
        command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
    done
    if [ -n "$missing" ]; then
        echo "container: skipped, missing:$missing (apt-get install buildah podman crun debootstrap)"
        exit 77
    fi
    mkdir -p "$work"
    IN_NAMESPACE=yes exec unshare --mount --propagation private "$0" "$@"
fi
! mountpoint -q /sys/fs/cgroup/unified || umount /sys/fs/cgroup/unified

podman() { command podman "${store[@]}" --cgroup-manager=cgroupfs "$@"; }
has_image() { podman image exists "$1"; }

# ---- Build image -------------------------------------------------------------------------------------------------------

# Debian's smallest system, the JDK, and the certificates by which this machine trusts Maven's archive.
make_build_image() {
    local rootfs=$work/rootfs
    rm -rf "$rootfs"
    # shellcheck disable=SC2046 # one word or none
    debootstrap --variant=minbase "$suite" "$rootfs" $(debian_mirror) >"$work/debootstrap.log"
    mkdir -p "$rootfs/opt/jdk" "$rootfs/etc/ssl/certs"
    cp -aL "$JAVA_HOME/." "$rootfs/opt/jdk/"
    cp -L /etc/ssl/certs/ca-certificates.crt "$rootfs/etc/ssl/certs/"
    tar -C "$rootfs" -c . | podman import --change ENV=JAVA_HOME=/opt/jdk \
        --change ENV=PATH=/opt/jdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        - localhost/dendra-test/build >/dev/null
    rm -rf "$rootfs"
}

JAVA_HOME=${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")}
has_image localhost/dendra-test/build || make_build_image

# ---- Build -------------------------------------------------------------------------------------------------------------

build() {
    # The docker format keeps the health check.
    (cd "$root" && buildah "${store[@]}" bud --isolation chroot --network host --format docker \
        --build-arg BUILD_IMAGE=localhost/dendra-test/build ${BASE:+--build-arg "BASE=$BASE"} -t localhost/dendra-test/dendra .)
}
image=localhost/dendra-test/dendra
start=$(date +%s)
if [ "${REUSE:-}" = yes ] && has_image "$image"; then
    skip "the build" "REUSE=yes, the image is the last one that was built"
elif build >"$work/build.log" 2>&1; then
    echo "built in $(($(date +%s) - start)) s"
else
    tail -n 40 "$work/build.log"
    echo "FAILED: the image does not build; whole log: $work/build.log"
    failed=1
    finish container
fi

# ---- The image ---------------------------------------------------------------------------------------------------------

megabytes=$(podman image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0f", $1 / 1e6 }')
echo "the image has $megabytes MB"
check "at most $limit_megabytes MB" test "$megabytes" -le "$limit_megabytes"
configured() { podman image inspect --format "$1" "$image"; }
check "its user is not root" test "$(configured '{{.User}}')" = 65532:65532
check "it has a health check" grep -q /opt/dendra/healthy <<<"$(configured '{{.HealthCheck}}')"
filesystem=$(podman image mount "$image")
lacks() { ! find "$filesystem" -name "$1" '(' -type f -o -type l ')' -print | grep .; }
for tool in cc gcc clang make javac jlink as ld python3 curl wget; do
    check "no $tool" lacks "$tool"
done
check "the native library is beside the jar" test -f "$filesystem/opt/dendra/lib/libdendra_kernels.so"
echo "Java: $(du -sm "$filesystem/opt/java" | cut -f 1) MB, class cache: $(du -m "$filesystem/opt/dendra/dendra.aot" | cut -f 1) MB," \
    "jars and native library: $(du -sm --exclude dendra.aot "$filesystem/opt/dendra" | cut -f 1) MB"
podman image unmount "$image" >/dev/null

# ---- Running -----------------------------------------------------------------------------------------------------------

# As deploy/README.md recommends it. Limits of open files are given because this machine may not allow podman's own.
hardened=(--runtime crun --network host --read-only --tmpfs /tmp:size=16m,mode=1777 --cap-drop ALL --security-opt no-new-privileges
    --ulimit nofile=4096:4096 --ulimit nproc=4096:4096)
options="-XX:+UseSerialGC -Xmx256m"

# Control groups may not be writable, as inside some containers: then there are no limits to see.
limits=(--cgroups=enabled --memory 1g --pids-limit 200)
if ! podman run --rm "${hardened[@]}" "${limits[@]}" -e JDK_JAVA_OPTIONS="$options" "$image" --version >"$work/limits.log" 2>&1; then
    skip "limits" "$(tail -n 1 "$work/limits.log")"
    limits=(--cgroups=disabled)
fi

check "the class cache is in use" podman run --rm "${hardened[@]}" "${limits[@]}" -e JDK_JAVA_OPTIONS="$options -XX:AOTMode=on" "$image" --version
doctor() { podman run --rm "${hardened[@]}" "${limits[@]}" -e JDK_JAVA_OPTIONS="$options" "$image" doctor; }
check "doctor runs" doctor
cp "$work/check.log" "$work/doctor.log"
if [ "${limits[0]}" = --cgroups=enabled ]; then
    check "doctor sees the memory limit" grep -qE 'control group limit +1.07 GB' "$work/doctor.log"
fi

if [ ! -f "$model" ]; then
    skip "serving" "no model at $model (DENDRA_TEST_MODEL, or ./dendra fetch)"
    finish container
    exit
fi

cache=$work/cache
rm -rf "$cache"
mkdir -p "$cache"
chown 65532:65532 "$cache"

serve() { # serves the model, mounted read-only, with the packed one in a volume
    podman rm -f "$name" >/dev/null 2>&1 || true
    podman run -d --name "$name" "${hardened[@]}" "${limits[@]}" -e JDK_JAVA_OPTIONS="$options" \
        -v "$(readlink -f "$model"):/models/model.gguf:ro" -v "$cache:/var/cache/dendra" \
        --health-cmd "[\"/opt/dendra/healthy\",\"$admin\"]" "$image" \
        serve --model served=/models/model.gguf --port "$port" --admin-port "$admin" --threads 2 --kv-memory 200MB --max-sequences 8
}
trap 'podman rm -f "$name" >/dev/null 2>&1 || true' EXIT

wait_until_healthy() {
    local _
    for _ in $(seq 300); do
        podman healthcheck run "$name" >/dev/null 2>&1 && return
        [ "$(podman inspect --format '{{.State.Running}}' "$name")" = true ] || break
        sleep 0.2
    done
    podman logs "$name"
    return 1
}
complete() { # TOKENS
    curl -sS --fail-with-body -m 120 "http://127.0.0.1:$port/v1/completions" -H 'Content-Type: application/json' \
        -d "{\"prompt\":\"Once upon a time\",\"max_tokens\":$1,\"temperature\":0,\"ignore_eos\":true}"
}
# What the kernel says of the server's process, seen from outside.
process() { awk -v name="$1:" '$1 == name { print $2 }' "/proc/$(podman inspect --format '{{.State.Pid}}' "$name")/status"; }
root_is_read_only() { awk '$5 == "/" { print $6 }' "/proc/$(podman inspect --format '{{.State.Pid}}' "$name")/mountinfo" | grep -q '^ro'; }
completes() { complete 8 | tee /dev/stderr | grep -q '"completion_tokens":8'; }

started() { [ "$(podman inspect --format '{{.State.Running}}' "$name")" = true ]; }
serve >"$work/run.log" 2>&1
check "the container runs" started
check "its process is not root" test "$(process Uid)" = 65532
check "it has no capabilities" test "$(process CapEff)" = 0000000000000000
check "it can get no privileges" test "$(process NoNewPrivs)" = 1
check "its root file system is read-only" root_is_read_only
is_not_healthy() { ! podman healthcheck run "$name"; }
check "while it loads it is not healthy" is_not_healthy
check "it becomes healthy" wait_until_healthy
check "it completes a prompt" completes
check "the packed model is in the volume" test -n "$(find "$cache" -name '*.dendra' -print -quit)"
if [ "${limits[0]}" = --cgroups=enabled ]; then
    check "it stays within its memory" test "$(podman inspect --format '{{.State.OOMKilled}}' "$name")" = false
fi

# An answer under way when the container is told to stop is finished, and the exit code says so.
drain() {
    complete 400 >"$work/drained.json" &
    local answer=$! _
    for _ in $(seq 100); do
        [ "$(curl -s "http://127.0.0.1:$admin/metrics" | awk '/^dendra_requests_running/ { print int($2) }')" = 1 ] && break
        sleep 0.05
    done
    podman stop -t 60 "$name"
    wait "$answer"
    grep -q '"completion_tokens":400' "$work/drained.json"
}
check "SIGTERM lets an answer finish" drain
check "and the exit code is 0" test "$(podman inspect --format '{{.State.ExitCode}}' "$name")" = 0

start=$(date +%s%N)
serve >"$work/run.log" 2>&1
check "it starts again on the packed model" wait_until_healthy
echo "healthy $((($(date +%s%N) - start) / 1000000)) ms after podman run, copying the image's files included"
podman logs "$name" 2>&1 | tail -n 30 >"$work/second-start.log"
podman stop -t 60 "$name" >/dev/null

skip "docker build, docker run" "no Docker daemon is used: buildah and podman stand in"
finish container
