#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clients from Python against a live server: the openai package, schemathesis on our own description of the API, and
# lm-evaluation-harness. Not part of the build: it installs packages.
#
#   server/src/test/clients/run.sh BASE_URL [openai] [schemathesis] [lm-eval]
#
# BASE_URL is that of the public socket, such as http://127.0.0.1:8080. Start that server with `--context 512`, or
# schemathesis waits for answers of thousands of tokens, and on AMX with `--deterministic`, or log-likelihoods depend on
# what is asked for at the same time. A check that cannot be installed is skipped, with the reason.
#
#   DENDRA_CLIENTS_VENV  where the packages go (default: a folder below server/target)
#   DENDRA_API_KEY       a key of a server that asks for one
#   DENDRA_EXAMPLES      most examples that schemathesis makes up for each operation (default: 25)
#   DENDRA_EVAL_JSON     what `dendra eval MODEL --choices general --json` has printed, to compare accuracies with
set -eu

base=${1:?"usage: $0 BASE_URL [openai] [schemathesis] [lm-eval]"}
shift
[ $# -gt 0 ] || set -- openai schemathesis lm-eval
here=$(cd "$(dirname "$0")" && pwd)
venv=${DENDRA_CLIENTS_VENV:-$here/../../../target/clients-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
venv=$(cd "$venv" && pwd)

install() {
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

check() (
    case $1 in
        openai)
            "$venv/bin/python" "$here/openai_client.py" "$base"
            ;;
        schemathesis)
            # Not positive_data_acceptance: the schema cannot say how large a vocabulary or a context is.
            # In a folder of its own, for what it keeps.
            cd "$venv"
            bin/schemathesis --config-file "$here/schemathesis.toml" run "$base/openapi.yaml" --url "$base" --seed 1 \
                --max-examples "${DENDRA_EXAMPLES:-25}" --phases examples,coverage,fuzzing --request-timeout 60 \
                --generation-database none --suppress-health-check all \
                ${DENDRA_API_KEY:+--header "Authorization: Bearer $DENDRA_API_KEY"} \
                --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
            ;;
        lm-eval)
            "$venv/bin/python" "$here/lm_eval_client.py" "$base"
            ;;
    esac
)

failed=0
for name in "$@"; do
    echo "== $name"
    package=$(grep -E "^$name(\[|=)" "$here/requirements.txt") || {
        echo "unknown check: $name" >&2
        exit 2
    }
    if install "$package"; then
        check "$name" || failed=1
    else
        echo "skipped: the package could not be installed"
    fi
done
exit $failed
