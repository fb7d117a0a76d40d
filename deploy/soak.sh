#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Loads a running server, then compares what it holds with what it held before: memory, threads, file descriptors, KV blocks.
#
#   deploy/soak.sh PID [SECONDS [RATE]]
#
# PID is the server's process. RATE is in requests per second, 80 % of what the server manages by itself: measure that first.
# URL (http://127.0.0.1:8080) and ADMIN (http://127.0.0.1:9090) are the server's sockets, KEY a key for its API if it asks for
# one, CONCURRENCY (64) the most requests at once, MAX_TOKENS (64) the length of answers, SETTLE (30) the seconds of quiet
# before and after. Needs curl. The exit code is 1 if something has grown or a request failed.
set -eu

pid=${1:?usage: deploy/soak.sh PID [SECONDS [RATE]]}
seconds=${2:-1200}
rate=${3:-2}
url=${URL:-http://127.0.0.1:8080}
admin=${ADMIN:-http://127.0.0.1:9090}
concurrency=${CONCURRENCY:-64}
tokens=${MAX_TOKENS:-64}
settle=${SETTLE:-30}

[ -d "/proc/$pid" ] || { echo "soak: no process $pid" >&2; exit 2; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

metric() { # NAME: its value, all series added up
    curl -sf "$admin/metrics" | awk -v name="$1" '$1 == name || index($1, name "{") == 1 { sum += $2 } END { printf "%.6g", sum }'
}

snapshot() { # FILE
    {
        echo "resident_MiB $(awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$pid/status")"
        echo "threads $(awk '/^Threads/ { print $2 }' "/proc/$pid/status")"
        echo "descriptors $(ls "/proc/$pid/fd" | wc -l)"
        echo "kv_usage $(metric dendra_kv_cache_usage_ratio)"
        echo "running $(metric dendra_requests_running)"
        echo "waiting $(metric dendra_requests_waiting)"
    } > "$1"
}

request() { # NUMBER: one completion; notes its status. Every tenth client leaves in the middle of its answer.
    limit=600
    [ $(($1 % 10)) -ne 0 ] || limit=1
    status=$(curl -s -o /dev/null -m "$limit" -w '%{http_code}' ${KEY:+-H "Authorization: Bearer $KEY"} \
        -H 'Content-Type: application/json' "$url/v1/completions" \
        -d "{\"prompt\":\"Soak number $1: once upon a time\",\"max_tokens\":$tokens,\"stream\":true,\"ignore_eos\":true}") || true
    [ "$limit" -eq 1 ] && [ "$status" = 000 ] && status=left
    echo "$status" >> "$scratch/statuses"
}

# One request first: what is made lazily is there before the first look.
request 1
[ "$(cat "$scratch/statuses")" = 200 ] || { echo "soak: the server answers $(cat "$scratch/statuses")" >&2; exit 2; }
sleep "$settle"
snapshot "$scratch/before"

pause=$(awk -v rate="$rate" 'BEGIN { printf "%.4f", 1 / rate }')
end=$(($(date +%s) + seconds))
number=1
while [ "$(date +%s)" -lt "$end" ]; do
    number=$((number + 1))
    if [ "$(pgrep -c -P $$ || true)" -lt "$concurrency" ]; then
        request "$number" &
    else
        echo skipped >> "$scratch/statuses"
    fi
    sleep "$pause"
done
snapshot "$scratch/during"
wait
sleep "$settle"
snapshot "$scratch/after"

echo "requests by status (left: the client went away on purpose; skipped: $concurrency were under way):"
sort "$scratch/statuses" | uniq -c
paste -d ' ' "$scratch/before" "$scratch/during" "$scratch/after" | awk '
    BEGIN { printf "%-14s %10s %10s %10s\n", "", "before", "at the end", "after" }
    { printf "%-14s %10s %10s %10s", $1, $2, $4, $6 }
    # Memory and threads breathe: a tenth and a few are no leak. The rest has to be where it was.
    $1 == "resident_MiB" { slack = $2 / 10 + 16 }
    $1 == "threads" { slack = 4 }
    $1 == "descriptors" { slack = 4 }
    $1 == "kv_usage" || $1 == "running" || $1 == "waiting" { slack = 0 }
    $6 > $2 + slack { printf "  grown"; grown = 1 }
    { print "" }
    END { exit grown }' || exit 1
! grep -qvE '^(200|left|skipped)$' "$scratch/statuses"
