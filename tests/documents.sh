#!/bin/bash
# Checks what watches the documents (examples.sh, links.sh), and that the guide is complete: each key of each --json is
# in it, and README stays short. Called by `make test-examples`.
#
#     documents.sh ROOM PROGRAM_DIR
set -euo pipefail

room=$1
programs=$2
tests=$(cd "$(dirname "$0")" && pwd)
failed=0
rm -rf "$room"
mkdir -p "$room"

fault() {
    echo "documents: $*"
    failed=1
}

# A document with these lines, run by examples.sh with these words before its own.
page() { printf '%s\n' "$@" >"$room/page.md"; }
examples() { "$tests/examples.sh" "$@" "$room/run" "$programs" "$room/page.md" >"$room/log" 2>&1; }

# ---- examples are compared, and updated ----
page '```sh' 'printf "one 1\ntwo 2\nthree 3\n"' '```' '' '    one 1' '    two 2' '    three 3' '' 'text'
examples || fault "an example that prints what is shown fails"
cp "$room/page.md" "$room/right.md"
sed -i 's/^    two 2/    two 22/' "$room/page.md"
examples && fault "an example that prints something else passes"
examples --update || fault "the update fails"
cmp -s "$room/page.md" "$room/right.md" || fault "the update does not give what is printed"

page '```sh' 'printf "one 1\ntwo 2\nthree 3\n"' '```' '' '    ...' '    two 5,000' '' 'text'
examples --update || fault "the update of a part fails"
grep -q -x '    two 2' "$room/page.md" || fault "the update of a part does not give the present line"
[ "$(grep -c . "$room/page.md")" = 6 ] || fault "the update of a part changes its extent"
sed -i 's/^    two 2/    four 4/' "$room/page.md"
examples --update && fault "the update says nothing of a line that is not printed any more"

page '```sh' 'printf "one line 1 of\n  two 2\n"' '```' '' '    ...' '    one line 5 of two 6'
examples --update || fault "the update of a line that is broken now fails"
grep -q -x '      two 2' "$room/page.md" || fault "the update does not break the line"
sed -i 's/of\\n  two/of two/' "$room/page.md"
examples --update || fault "the update of a line that is whole now fails"
grep -q -x '    one line 1 of two 2' "$room/page.md" || fault "the update does not make the line whole"

page '```sh' 'exit 3' '```'
examples && fault "an example that fails passes"
page 'Run this:' '' '    build/mmsim strategies'
examples && fault "a command that no test runs passes"

# ---- links ----
page '# A heading: with *signs*' '' '[here](#a-heading-with-signs) [there](right.md)'
"$tests/links.sh" "$room/page.md" >"$room/log" || fault "links that lead somewhere fail"
page '[nothing](absent.md)'
"$tests/links.sh" "$room/page.md" >"$room/log" && fault "a link to nothing passes"
page '# A heading' '' '[here](#another)'
"$tests/links.sh" "$room/page.md" >"$room/log" && fault "a link to no heading passes"

# ---- what the guide must have ----
mmsim() { "$programs/mmsim" "$@"; }
small=tests/cli/data/brk_blocked.mmt
head -c 8192 /dev/zero >"$room/dump"
tests/kernel/guests/build.sh "$room/guests" low
{
    mmsim compare $small --ram 64M --json
    mmsim replay tests/cli/data/accesses.mmt --strategy brk --json
    mmsim thread $small --ram 64M --strategies brk --json
    mmsim explain $small --ram 64M --strategy brk --json
    mmsim diff $small --ram 64M --strategies brk,jump --json
    mmsim sweep $small --ram 64M..65M --strategies brk --json
    mmsim sweep $small --ram 64M..65M --strategies brk --only 64M
    mmsim layout --strategies kseg0 --json
    mmsim info $small --json
    mmsim inspect "$room/dump" --cr3 0 --json 0x1000
    mmsim kernel "$room/guests/low-no-cr3-load.elf" --check-tlb --json 2>/dev/null || true
} >"$room/json"
strategies=$(mmsim strategies | sed -n 's/^\([a-z][a-z0-9]*\) .*/\1/p')
for key in $(grep -o '"[a-z_0-9]*":' "$room/json" | tr -d '":' | sort -u); do
    grep -q -x -F -e "$key" <<<"$strategies" && continue # a key of by_strategy
    grep -q "\`$key\`" sim/manual/json.md || fault "sim/manual/json.md lacks the key $key"
done
mmsim replay $small --strategy brk --series - | sed -n '1{s/,/\n/g; p}' >"$room/columns"
while read -r column; do
    grep -q "\`$column\`" sim/manual/json.md || [[ $column =~ _index_[0-9]+$ ]] || fault "sim/manual/json.md lacks $column"
done <"$room/columns"

[ "$(wc -c <README.md)" -le 14336 ] || fault "README.md is longer than 14 KiB"
[ $failed -eq 0 ] && echo "documents: what watches them works, and the guide has every key"
exit $failed
