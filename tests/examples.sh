#!/bin/bash
# Runs every example of the documents, in their order, and compares what they print with what the documents say.
# Called by `make test-examples`.
#
#     examples.sh ROOM PROGRAM_DIR DOCUMENT...
#
# They run in a folder of their own that looks like a checkout, so that files they make are no one else's. A line
# of the output that a document shows has to be there, blanks aside; lines that tell times are not compared.
set -euo pipefail

room=$1
programs=$(cd "$2" && pwd)
shift 2
rm -rf "$room"
trap '[ $? -ne 0 ] || rm -rf "$room"' EXIT
mkdir -p "$room/checkout"
for item in "$PWD"/*; do ln -s "$item" "$room/checkout/"; done
export PATH="$programs:$PATH" MAKEFLAGS=--no-print-directory

squeezed() { tr -d '\r' <"$1" | tr -s ' ' | sed 's/^ //; s/ $//'; }

# Lines that are wanted, and are not there.
missing() {
    squeezed "$2" | sort >"$2.sorted"
    squeezed "$1" | grep -v -E '^(\.\.\.)?$|[0-9] (ns|s|x)\b|a second|seconds' |
        sort -u | comm -23 - <(sort -u "$2.sorted")
}

failed=0
ran=0
for document in "$@"; do
    mkdir -p "$room/$document"
    awk -v room="$room/$document" -f tests/examples.awk "$document" || failed=1
    for script in "$room/$document"/*.sh; do
        ran=$((ran + 1))
        output=$PWD/${script%.sh}.output
        if ! (cd "$room/checkout" && bash -euo pipefail "$OLDPWD/$script") >"$output" 2>&1; then
            echo "FAILED: $(cat "$script")"
            cat "$output"
            failed=1
        elif [ -f "${script%.sh}.want" ] && lines=$(missing "${script%.sh}.want" "$output") && [ -n "$lines" ]; then
            echo "NOT PRINTED by $(cat "$script")"
            echo "$lines"
            failed=1
        fi
    done
done
echo "$ran examples of $* ran"
exit $failed
