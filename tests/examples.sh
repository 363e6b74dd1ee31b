#!/bin/bash
# Runs every example of the documents, in their order, and compares what each prints with what its document shows.
# Called by `make test-examples`; with --update, by `make update-examples`, it writes what they print into the
# documents instead.
#
#     examples.sh [--update] ROOM PROGRAM_DIR DOCUMENT...
#
# The examples run in a folder of their own that looks like a checkout, so that the files that they make stay there.
# Each line of output that a document shows must be printed; blanks are not compared, nor are lines that tell times.
# A line `...` stands for lines that are left out.
set -euo pipefail

update=
if [ "$1" = --update ]; then
    update=yes
    shift
fi
room=$1
programs=$(cd "$2" && pwd)
tests=$(cd "$(dirname "$0")" && pwd)
shift 2
rm -rf "$room"
trap '[ $? -ne 0 ] || rm -rf "$room"' EXIT
mkdir -p "$room/checkout"
for item in "$PWD"/*; do ln -s "$item" "$room/checkout/"; done
export PATH="$programs:$PATH" MAKEFLAGS=--no-print-directory COLUMNS=80

squeezed() { tr -d '\r' <"$1" | tr -s ' ' | sed 's/^ //; s/ $//'; }

# Lines that are wanted, and are not there.
missing() {
    squeezed "$2" | sort >"$2.sorted"
    squeezed "$1" | grep -v -E '^(\.\.\.)?$|[0-9] (ns|s|x)\b|a second|seconds' |
        sort -u | comm -23 - <(sort -u "$2.sorted")
}

failed=0
ran=0
broken=0
for document in "$@"; do
    faults=0
    mkdir -p "$room/$document"
    awk -v room="$room/$document" -f "$tests/examples.awk" "$document" || faults=1
    for script in "$room/$document"/*.sh; do
        [ -e "$script" ] || continue # a document without examples
        ran=$((ran + 1))
        output=$PWD/${script%.sh}.output
        want=${script%.sh}.want
        if ! (cd "$room/checkout" && bash -euo pipefail "$OLDPWD/$script") >"$output" 2>&1; then
            echo "FAILED: $(cat "$script")"
            cat "$output"
            faults=1
            broken=$((broken + 1))
        elif [ -z "$update" ] && [ -f "$want" ] && lines=$(missing "$want" "$output") && [ -n "$lines" ]; then
            echo "NOT PRINTED by $(cat "$script")"
            echo "$lines"
            faults=1
            broken=$((broken + 1))
        fi
    done
    if [ -n "$update" ] && [ $faults -eq 0 ]; then
        new=$room/$document/updated
        awk -v room="$room/$document" -f "$tests/examples_update.awk" "$document" >"$new" || faults=1
        cmp -s "$new" "$document" || { cat "$new" >"$document" && echo "updated $document"; }
    fi
    [ $faults -eq 0 ] || failed=1
done
echo "examples of $# documents:"
echo "$((ran - broken)) passed, $broken failed"
exit $failed
