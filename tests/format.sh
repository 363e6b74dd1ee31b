#!/bin/sh
# Checks that the layout of the C sources is that of .clang-format. Called by `make test-format`.
#
# Other versions of clang-format lay some lines out differently, so only one version is used.
set -u

version=14
if ! command -v clang-format >/dev/null; then
    echo "skipped: clang-format is not installed (Debian: clang-format)"
    exit 0
fi
if ! clang-format --version | grep -q "version $version\."; then
    echo "skipped: the layout is that of clang-format $version; this is $(clang-format --version)"
    exit 0
fi

sources=$(find src include sim tests bench -name '*.[ch]')
# shellcheck disable=SC2086  # a list of words
wrong=$(clang-format --dry-run --Werror $sources 2>&1 | sed -n 's/^\([^ :]*\):[0-9]*:.* error: .*/\1/p' | sort -u)
for source in $wrong; do
    echo "FAILED: $source does not have the layout of .clang-format; \`make format\` changes it"
done
all=$(echo "$sources" | wc -l)
failed=$(echo "$wrong" | grep -c .)
echo "$((all - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
