#!/bin/bash
# Runs every example of the documents, in order, and compares its output with the output that the document shows.
# Called by `make test-examples`. With --update, it writes the output into the documents instead; called by
# `make update-examples`.
#
#     examples.sh [--update] WORK_DIR PROGRAM_DIR DOCUMENT...
#
# The examples run in a folder of their own with links to the files of the checkout, so that their files stay there.
# Each line of output that a document shows must be printed. Blanks are not compared, nor are lines with times. A line
# `...` in a document stands for lines that are left out.
set -euo pipefail

update=
if [ "$1" = --update ]; then
    update=yes
    shift
fi
work=$1
programs=$(cd "$2" && pwd)
tests=$(cd "$(dirname "$0")" && pwd)
shift 2
rm -rf "$work"
trap '[ $? -ne 0 ] || rm -rf "$work"' EXIT
mkdir -p "$work/checkout"
for item in "$PWD"/*; do ln -s "$item" "$work/checkout/"; done
export PATH="$programs:$PATH" MAKEFLAGS=--no-print-directory COLUMNS=80

# squeezed FILE: its lines without carriage returns, and with single blanks.
squeezed() { tr -d '\r' <"$1" | tr -s ' ' | sed 's/^ //; s/ $//'; }

# missing EXPECTED OUTPUT: the lines of the first file that the second lacks, except lines with times.
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
    mkdir -p "$work/$document"
    awk -v work="$work/$document" -f "$tests/examples.awk" "$document" || faults=1
    for script in "$work/$document"/*.sh; do
        [ -e "$script" ] || continue # a document without examples
        ran=$((ran + 1))
        output=$PWD/${script%.sh}.output
        want=${script%.sh}.want
        if ! (cd "$work/checkout" && bash -euo pipefail "$OLDPWD/$script") >"$output" 2>&1; then
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
        new=$work/$document/updated
        awk -v work="$work/$document" -f "$tests/examples_update.awk" "$document" >"$new" || faults=1
        cmp -s "$new" "$document" || { cat "$new" >"$document" && echo "updated $document"; }
    fi
    [ $faults -eq 0 ] || failed=1
done
echo "examples of $# documents:"
echo "$((ran - broken)) passed, $broken failed"
exit $failed
