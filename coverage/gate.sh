#!/bin/sh
# The coverage gate. Fails if less than 100% of the lines or less than 95% of the branches of src/mm and src/replay ran.
# Called by `make coverage`, at the top of the checkout.
#
#     gate.sh OBJECTS HARDENED OUT
#
# OBJECTS is the directory of the objects of the tests, HARDENED that of the objects built with HARDENING=full. A line
# or branch counts if it ran in either. Writes OUT/core.info and OUT/html, and prints the lines and branches that did not
# run. A branch whose block never ran counts as not taken.
set -eu

objects=$1
hardened=$2
out=$3
branches_needed=95
info=$out/core.info
log=$objects/lcov.log

if grep -rn LCOV_EXCL src/mm src/replay; then
    echo "coverage: no line may be excluded by hand" >&2
    exit 1
fi

mkdir -p "$out"
# run COMMAND...: prints the output of the command only if it fails.
run()
{
    "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}

run lcov --config-file coverage/lcovrc --capture --no-external --base-directory "$PWD" \
    --directory "$objects/src" --directory "$hardened/src" --output-file "$objects/all.info"
run lcov --config-file coverage/lcovrc --extract "$objects/all.info" "$PWD/src/mm/*" \
    "$PWD/src/replay/*" --output-file "$info"
run genhtml --config-file coverage/lcovrc --prefix "$PWD" --title mmsim \
    --output-directory "$out/html" "$info"

# A source that no test links has no counters, so lcov does not list it at all.
status=0
for source in src/mm/*.c src/replay/*.c; do
    grep -q "^SF:$PWD/$source\$" "$info" || { echo "$source: never ran"; status=1; }
done

awk -F '[:,]' -v top="$PWD/" -v needed=$branches_needed '
    $1 == "SF" { file = substr($0, 4 + length(top)) }
    $1 == "DA" {
        lines++
        if ($3 == 0) { print file ":" $2 ": never executed"; missed_lines++ }
    }
    $1 == "BRDA" {
        branches++
        if ($5 == "-" || $5 == 0) { missed_branches++; missed[file ":" $2]++ }
    }
    END {
        taken = branches - missed_branches
        printf "lines:    %d of %d executed (%.1f%%; needed: 100%%)\n", lines - missed_lines, lines,
               100 * (lines - missed_lines) / lines
        printf "branches: %d of %d taken (%.1f%%; needed: %d%%)\n", taken, branches,
               100 * taken / branches, needed
        failed = missed_lines > 0 || 100 * taken < needed * branches
        if (failed)
            for (place in missed)
                print place ": " missed[place] " never taken" | "sort -t: -k1,1 -k2,2n"
        exit failed
    }' "$info" || status=1
exit $status
