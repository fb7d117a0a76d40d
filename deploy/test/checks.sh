# SPDX-License-Identifier: Apache-2.0
# For the scripts of this folder: counts checks and names those that failed. $work is a folder that can be written to.
# shellcheck shell=sh

passed=0
failed=0
skipped=0

check() { # WHAT COMMAND ...
    what=$1
    shift
    if "$@" >"$work/check.log" 2>&1; then
        passed=$((passed + 1))
        echo "passed: $what"
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        head -n 40 "$work/check.log" | sed 's/^/    /'
    fi
}

skip() { # WHAT WHY
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
}

finish() { # NAME
    echo "$1: $passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ]
}

# Where apt of this machine gets its packages; nothing if it does not say, and debootstrap then has a place of its own.
debian_mirror() {
    awk '/^URIs:/ { print $2; exit } /^deb / { print $2; exit }' /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null
}
