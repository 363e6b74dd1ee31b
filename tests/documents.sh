#!/bin/bash
# Checks that examples.sh and links.sh notice every kind of fault, that the guide names every key of every --json, and
# that README.md stays short. Called by `make test-examples`.
#
#     documents.sh WORK_DIR PROGRAM_DIR
set -euo pipefail

work=$1
programs=$2
tests=$(cd "$(dirname "$0")" && pwd)
failed=0
rm -rf "$work"
mkdir -p "$work"

# fault MESSAGE: reports a fault.
fault() {
    echo "documents: $*"
    failed=1
}

# page LINE...: writes a document with these lines.
page() { printf '%s\n' "$@" >"$work/page.md"; }

# examples [OPTION]: runs examples.sh on the document.
examples() { "$tests/examples.sh" "$@" "$work/run" "$programs" "$work/page.md" >"$work/log" 2>&1; }

# ---- examples are compared, and updated ----
page '```sh' 'printf "one 1\ntwo 2\nthree 3\n"' '```' '' '    one 1' '    two 2' '    three 3' '' 'text'
examples || fault "an example that prints what is shown fails"
cp "$work/page.md" "$work/right.md"
sed -i 's/^    two 2/    two 22/' "$work/page.md"
examples && fault "an example that prints something else passes"
examples --update || fault "the update fails"
cmp -s "$work/page.md" "$work/right.md" || fault "the update does not write what is printed"

page '```sh' 'printf "one 1\ntwo 2\nthree 3\n"' '```' '' '    ...' '    two 5,000' '' 'text'
examples --update || fault "the update of a part fails"
grep -q -x '    two 2' "$work/page.md" || fault "the update of a part does not write the line that is printed now"
[ "$(grep -c . "$work/page.md")" = 6 ] || fault "the update of a part adds or removes lines"
sed -i 's/^    two 2/    four 4/' "$work/page.md"
examples --update && fault "the update does not report a line that is no longer printed"

page '```sh' 'printf "one line 1 of\n  two 2\n"' '```' '' '    ...' '    one line 5 of two 6'
examples --update || fault "the update of a line that is now broken in two fails"
grep -q -x '      two 2' "$work/page.md" || fault "the update does not break the line"
sed -i 's/of\\n  two/of two/' "$work/page.md"
examples --update || fault "the update of a line that is no longer broken fails"
grep -q -x '    one line 1 of two 2' "$work/page.md" || fault "the update does not join the line"

page '```sh' 'exit 3' '```'
examples && fault "an example that fails passes"
page 'Run this:' '' '    build/mmsim strategies'
examples && fault "a command that no test runs passes"

# ---- links ----
page '# A heading: with *signs*' '' '[here](#a-heading-with-signs) [there](right.md)'
"$tests/links.sh" "$work/page.md" >"$work/log" || fault "good links fail"
page '[nothing](absent.md)'
"$tests/links.sh" "$work/page.md" >"$work/log" && fault "a link to a missing file passes"
page '# A heading' '' '[here](#another)'
"$tests/links.sh" "$work/page.md" >"$work/log" && fault "a link to a missing heading passes"

# ---- the guide is complete ----
mmsim() { "$programs/mmsim" "$@"; }
small=tests/cli/data/brk_blocked.mmt
head -c 8192 /dev/zero >"$work/dump"
tests/kernel/guests/build.sh "$work/guests" low
{
    mmsim compare $small --ram 64M --json
    mmsim replay tests/cli/data/accesses.mmt --strategy brk --json
    mmsim thread $small --ram 64M --strategies brk --json
    mmsim explain $small --ram 64M --strategy brk --json
    mmsim advise $small --ram 24M..25M --strategies brk,jump --json
    mmsim map $small --ram 64M --strategy brk --json
    mmsim diff $small --ram 64M --strategies brk,jump --json
    mmsim sweep $small --ram 64M..65M --strategies brk --json
    mmsim sweep $small --ram 64M..65M --strategies brk --only 64M
    mmsim layout --strategies kseg0 --json
    mmsim info $small --json
    mmsim inspect "$work/dump" --cr3 0 --json 0x1000
    mmsim kernel "$work/guests/low-no-cr3-load.elf" --check-tlb --json 2>/dev/null || true
} >"$work/json"
strategies=$(mmsim strategies | sed -n 's/^\([a-z][a-z0-9]*\) .*/\1/p')
for key in $(grep -o '"[a-z_0-9]*":' "$work/json" | tr -d '":' | sort -u); do
    grep -q -x -F -e "$key" <<<"$strategies" && continue # by_strategy has the strategies as keys
    grep -q "\`$key\`" sim/manual/json.md || fault "sim/manual/json.md lacks the key $key"
done
mmsim replay $small --strategy brk --series - | sed -n '1{s/,/\n/g; p}' >"$work/columns"
while read -r column; do
    grep -q "\`$column\`" sim/manual/json.md || [[ $column =~ _index_[0-9]+$ ]] ||
        fault "sim/manual/json.md lacks $column"
done <"$work/columns"

[ "$(wc -c <README.md)" -le 14336 ] || fault "README.md is longer than 14 KiB"
[ $failed -eq 0 ] && echo "documents: examples.sh and links.sh notice faults, and the guide names every key"
exit $failed
