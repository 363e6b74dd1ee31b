#!/bin/sh
# Checks the includes of the C sources, compiles each public header by itself, and runs shellcheck on the shell scripts.
# Called by `make test-scripts`.
set -u

tests/includes.sh || exit 1
tests/headers.sh || exit 1

if ! command -v shellcheck >/dev/null; then
    echo "skipped: shellcheck is not installed (Debian: shellcheck)"
    exit 0
fi

passed=0
failed=0
for script in .ci/run $(find src sim tests bench coverage -name '*.sh' -o -name '*.bash' | sort); do
    if shellcheck -x "$script"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: shellcheck -x $script"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
