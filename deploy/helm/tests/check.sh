#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the Helm chart: lint, golden files, schemas of Kubernetes, and values that must be refused.
#
#   deploy/helm/tests/check.sh [--update]
#
# --update writes the golden files anew. Needs Helm 4 (HELM=helm; `go install helm.sh/helm/v4/cmd/helm@latest`, a quarter of an
# hour the first time) and, for the schemas, kubernetes-validate (`pip install kubernetes-validate`). Golden files are made
# with stand-ins for rules and dashboards, so that they change with the chart alone. Not part of the build.
set -eu

cd "$(dirname "$0")"
helm=${HELM:-helm}
update=${1:-}
passed=0
failed=0
skipped=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "failed: $*" >&2
}
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $*"
}

command -v "$helm" >/dev/null 2>&1 || {
    echo "helm check: skipped, no $helm (go install helm.sh/helm/v4/cmd/helm@latest)"
    exit 77
}

mkdir "$scratch/chart"
cp -R ../dendra/Chart.yaml ../dendra/.helmignore ../dendra/values.yaml ../dendra/values.schema.json ../dendra/templates "$scratch/chart"
cp -R files "$scratch/chart/files"

render() { # CHART VALUES [OPTION ...]
    chart=$1
    values_file=$2
    shift 2
    "$helm" template test "$chart" --namespace inference --values "$values_file" "$@"
}

for values in values/*.yaml; do
    name=$(basename "$values" .yaml)
    golden=golden/$name.yaml
    if "$helm" lint --strict --quiet "$scratch/chart" --values "$values"; then pass; else fail "lint of $values"; fi
    if render "$scratch/chart" "$values" >"$scratch/$name.yaml"; then
        [ "$update" != --update ] || cp "$scratch/$name.yaml" "$golden"
        if diff -u "$golden" "$scratch/$name.yaml"; then pass; else fail "$golden differs"; fi
    else
        fail "template of $values"
        continue
    fi
    if ! command -v kubernetes-validate >/dev/null 2>&1; then
        skip "schemas of $name: no kubernetes-validate (pip install kubernetes-validate)"
        continue
    fi
    # Kinds that Kubernetes does not define come with their operators; of these no schema is at hand.
    awk -v RS='---\n' -v kept="$scratch/$name.known.yaml" '
        !/kind:/ { next }
        /apiVersion: (monitoring\.coreos\.com|keda\.sh)/ { match($0, /kind: [A-Za-z]+/); print "skipped: schema of " substr($0, RSTART + 6, RLENGTH - 6); next }
        { printf "---\n%s", $0 > kept }' "$scratch/$name.yaml" >"$scratch/unknown"
    cat "$scratch/unknown"
    skipped=$((skipped + $(wc -l <"$scratch/unknown")))
    if kubernetes-validate --strict "$scratch/$name.known.yaml"; then pass; else fail "schemas of $name"; fi
done

# Each line is a value that the schema, or the chart, must refuse.
while read -r setting; do
    [ -n "$setting" ] || continue
    if render "$scratch/chart" values/default.yaml --set "$setting" >/dev/null 2>&1; then fail "$setting was accepted"; else pass; fi
done <<'REFUSED'
resources.cpu=3.5
resources.cpu=500m
resources.memory=lots
cpuFeatures.require=SSE
server.kvType=f16
server.thread=4
image.digest=sha256:short
cache.volume.emptyDir=yes
apiKeys.lines={plain-key}
REFUSED

# With the real rules and dashboards.
if [ -e ../dendra/files/dendra.rules.yml ] && [ -e ../dendra/files/dashboards ]; then
    if render ../dendra values/observed.yaml >"$scratch/real.yaml"; then pass; else fail "template with the real rules and dashboards"; fi
    size=$(wc -c <"$scratch/real.yaml")
    if [ "$size" -lt 1000000 ]; then pass; else fail "dashboards of $size bytes are more than a ConfigMap takes"; fi
else
    skip "the real rules and dashboards: not there"
fi

echo "helm: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
