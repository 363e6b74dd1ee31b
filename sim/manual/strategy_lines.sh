#!/bin/sh
# Prints the lines of code of each strategy, in whole hundreds, for the table in thread.md. Run it at the top of the
# checkout.
#
# A strategy's code is its source file and all headers of the memory manager that it includes, directly or not, with
# the sources of those headers. Code that mm.c needs, too, is not counted, because every strategy needs it. Blank lines
# and comments are not counted.
set -eu

# includes FILE: the names of the headers of src/mm and include/mm that the file includes.
includes()
{
    sed -nE 's,^#include [<"](mm/)?([a-z0-9_]+)\.h[>"].*,\2,p' "$1"
}

# parts_of NAME: the header NAME.h, and its sources NAME.c and NAME_*.c. The strategies are not sources of strategy.h.
parts_of()
{
    for file in "include/mm/$1.h" "src/mm/$1.h" "src/mm/$1.c" "src/mm/$1"_*.c; do
        case $1,$file in strategy,*_*.c) continue ;; esac
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

# closure FILE: FILE, and all that it includes, directly or not.
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

# count_code FILE...: the number of lines with code.
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
    name=$(sed -nE 's/^ *\.name = "([^"]*)",.*/\1/p' "$source")
    printf '%-8s about %4d\n' "$name" $(((lines + 50) / 100 * 100))
done
