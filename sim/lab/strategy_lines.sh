#!/bin/sh
# Lines of code of each strategy, from the top of the checkout: rows of a C table, {"brk", 1234}.
#
# Counted are the strategy's source file and all that it includes of the memory manager, with the sources
# that belong to the headers, but not what mm.c needs as well, for every strategy has that. Blank lines and
# comments are not counted.
set -eu

includes()
{
    sed -nE 's,^#include [<"](mm/)?([a-z0-9_]+)\.h[>"].*,\2,p' "$1"
}

# parts_of NAME: the header, and the sources NAME.c, NAME_*.c. The strategies are no part of strategy.h.
parts_of()
{
    for file in "include/mm/$1.h" "src/mm/$1.h" "src/mm/$1.c" "src/mm/$1"_*.c; do
        case $1,$file in strategy,*_*.c) continue ;; esac
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

# closure FILE: it and all that it includes.
closure()
{
    seen=' '
    todo=$1
    while [ -n "$todo" ]; do
        next=
        for file in $todo; do
            case $seen in *" $file "*) continue ;; esac
            seen="$seen$file "
            for name in $(includes "$file"); do next="$next $(parts_of "$name")"; done
        done
        todo=$next
    done
    echo "$seen"
}

count_code()
{
    awk '{
        code = ""
        for (rest = $0; rest != ""; ) {
            mark = inside ? "*/" : "/*"
            at = index(rest, mark)
            if (!inside) code = code (at ? substr(rest, 1, at - 1) : rest)
            if (at) inside = !inside
            rest = at ? substr(rest, at + 2) : ""
        }
        if (code ~ /[^ \t]/) lines++
    } END { print lines + 0 }' "$@"
}

shared=" $(closure src/mm/mm.c) "
grep -lE '^const struct strategy strategy_' src/mm/*.c | while read -r source; do
    own=
    for file in $(closure "$source"); do
        case $shared in *" $file "*) ;; *) own="$own $file" ;; esac
    done
    # shellcheck disable=SC2086  # file names are words
    lines=$(count_code $own)
    sed -nE 's/^ *\.name = ("[^"]*"),.*/{\1, '"$lines"'},/p' "$source"
done
