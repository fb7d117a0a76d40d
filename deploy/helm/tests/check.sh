#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the Helm chart: lint, golden files, schemas of Kubernetes, and values that must be refused.
#
#   deploy/helm/tests/check.sh [--update]
#
# --update writes the golden files anew. Needs Helm 4 (HELM=helm; `go install helm.sh/helm/v4/cmd/helm@v4.3.2`, a quarter of an
# hour the first time) and, for the schemas, kubernetes-validate (`pip install kubernetes-validate==1.37.0`). Golden files are
# made with stand-ins for rules and dashboards, so that they change with the chart alone. Not part of the build.
set -eu

cd "$(dirname "$0")"
helm=${HELM:-helm}
update=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. ../../test/checks.sh

command -v "$helm" >/dev/null 2>&1 || {
    echo "helm: skipped, no $helm (go install helm.sh/helm/v4/cmd/helm@v4.3.2)"
    exit 77
}

mkdir "$work/chart"
cp -R ../dendra/Chart.yaml ../dendra/.helmignore ../dendra/values.yaml ../dendra/values.schema.json ../dendra/templates files "$work/chart"

render() { # CHART VALUES [OPTION ...]
    chart=$1
    values_file=$2
    shift 2
    "$helm" template test "$chart" --namespace inference --values "$values_file" "$@"
}
# The refusal must name the value: one for another reason would prove nothing.
refuses() { # NAME --set SETTING
    named=$1
    shift
    ! render "$work/chart" values/default.yaml "$@" >"$work/refusal" 2>&1 || return 1
    grep -F "$named" "$work/refusal" || {
        cat "$work/refusal"
        return 1
    }
}

for values in values/*.yaml; do
    name=$(basename "$values" .yaml)
    check "$name: lint" "$helm" lint --strict "$work/chart" --values "$values"
    render "$work/chart" "$values" >"$work/$name.yaml" || true
    [ "$update" != --update ] || cp "$work/$name.yaml" "golden/$name.yaml"
    check "$name: golden file" diff -u "golden/$name.yaml" "$work/$name.yaml"
    # Kinds that Kubernetes does not define come with their operators; of these no schema is at hand.
    awk -v RS='---\n' -v known="$work/$name.known.yaml" '
        !/(^|\n)kind:/ { next }
        /apiVersion: (monitoring\.coreos\.com|keda\.sh)/ { match($0, /kind: [A-Za-z]+/); print substr($0, RSTART + 6, RLENGTH - 6); next }
        { printf "---\n%s", $0 > known }' "$work/$name.yaml" >"$work/others"
    while read -r kind; do
        skip "$name: schema of $kind" "it comes with its operator"
    done <"$work/others"
    if command -v kubernetes-validate >/dev/null 2>&1; then
        check "$name: schemas" kubernetes-validate --strict "$work/$name.known.yaml"
    else
        skip "$name: schemas" "no kubernetes-validate"
    fi
done

# Each line is a setting and what the refusal has to name.
while read -r setting named; do
    check "refused: $setting" refuses "$named" --set "$setting"
done <<'REFUSED'
resources.cpu=3.5 /resources/cpu
resources.cpu=500m /resources/cpu
resources.memory=lots /resources/memory
cpuFeatures.require=SSE /cpuFeatures/require
server.kvType=f16 /server/kvType
server.thread=4 thread
image.digest=sha256:short /image/digest
cache.volume.emptyDir=yes /cache/volume/emptyDir
apiKeys.lines={plain-key} /apiKeys/lines/0
REFUSED
check "refused: two sources of keys" refuses "either lines or existingSecret" --set apiKeys.existingSecret=keys \
    --set "apiKeys.lines={alice:$(printf %064d 0)}"

# With the real rules and dashboards, which the chart has by symbolic links.
if [ -e ../dendra/files/dendra.rules.yml ] && [ -e ../dendra/files/dashboards ]; then
    check "with the real rules and dashboards" render ../dendra values/observed.yaml
    check "they fit into a ConfigMap" test "$(render ../dendra values/observed.yaml | wc -c)" -lt 1000000
else
    skip "with the real rules and dashboards" "they are not there"
fi

finish helm
