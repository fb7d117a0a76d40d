#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Clients from Python against a live server: the openai package, schemathesis on our own description of the API, and
# lm-evaluation-harness. Not part of the build: it installs packages.
#
#   server/src/test/clients/run.sh BASE_URL [openai] [schemathesis] [lm-eval]
#
# BASE_URL is that of the public socket, such as http://127.0.0.1:8080. The environment is kept in DENDRA_CLIENTS_VENV
# (default: a folder below server/target). A check that cannot be installed is skipped, with the reason.
set -eu

base=${1:?"usage: $0 BASE_URL [openai] [schemathesis] [lm-eval]"}
shift
[ $# -gt 0 ] || set -- openai schemathesis lm-eval
here=$(cd "$(dirname "$0")" && pwd)
venv=${DENDRA_CLIENTS_VENV:-$here/../../../target/clients-venv}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"

install() {
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@"
}

failed=0
for check in "$@"; do
    echo "== $check"
    case $check in
        openai)
            if install 'openai==3.57.0'; then
                "$venv/bin/python" "$here/openai_client.py" "$base" || failed=1
            else
                echo "skipped: the package could not be installed"
            fi
            ;;
        schemathesis)
            if install 'schemathesis==4.32.5'; then
                # Not positive_data_acceptance: the schema cannot say how large a vocabulary or a context is.
                "$venv/bin/schemathesis" run "$base/openapi.yaml" --url "$base" --seed 1 --max-examples "${DENDRA_EXAMPLES:-25}" \
                    --phases examples,coverage,fuzzing --request-timeout 60 --suppress-health-check all \
                    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
                    || failed=1
            else
                echo "skipped: the package could not be installed"
            fi
            ;;
        lm-eval)
            if install 'lm-eval[api]==0.4.13'; then
                "$venv/bin/python" "$here/lm_eval_client.py" "$base" || failed=1
            else
                echo "skipped: the package could not be installed"
            fi
            ;;
        *)
            echo "unknown check: $check" >&2
            exit 2
            ;;
    esac
done
exit $failed
