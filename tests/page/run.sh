#!/bin/sh
# Tests the page of `mmsim report`: its scripts with node, and the page itself in Chromium. Called by `make test-page`.
set -u

: "${BUILD:?}" "${PROGRAM:?}" "${MAKE:?}"
for tool in node npm chromium; do
    command -v $tool >/dev/null || { echo "skipped: $tool is not installed (Debian: nodejs, npm, chromium)"; exit 0; }
done
packages=$BUILD/page-tests
mkdir -p "$packages"
cp tests/page/package.json tests/page/package-lock.json "$packages"
if ! { "$MAKE" --no-print-directory uplot && npm ci --prefix "$packages" --silent --no-audit --no-fund; }; then
    echo "skipped: npm cannot fetch uplot and playwright-core"
    exit 0
fi
"$MAKE" --no-print-directory "$PROGRAM" || exit 1

rm -rf "$packages"/made-*
BUILD=$BUILD PROGRAM=$PROGRAM node --test --test-concurrency=1 --test-reporter=spec tests/page/*.test.mjs >"$packages/log"
status=$?
cat "$packages/log"
awk '/^ℹ pass / { passed = $3 } /^ℹ fail / { failed = $3 } END { print passed + 0 " passed, " failed + 0 " failed" }' "$packages/log"
exit $status
