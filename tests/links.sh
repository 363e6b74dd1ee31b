#!/bin/bash
# Checks that every relative link of the documents leads to a file that exists, and to a heading in it. Called by
# `make test-examples`.
#
#     links.sh DOCUMENT.md...
set -euo pipefail

# anchors PAGE: the names of its headings in links, by GitHub's rules.
anchors() {
    awk '/^```/ { fenced = !fenced } !fenced && /^#+ /' "$1" | sed 's/^#* *//' | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# links PAGE: a line "LINE TARGET" for each link and image.
links() {
    awk '/^```/ { fenced = !fenced }
         fenced || /^    / { next }
         { gsub(/`[^`]*`/, "") ; rest = $0
           while (match(rest, /\]\([^)]*\)/)) {
               print FNR, substr(rest, RSTART + 2, RLENGTH - 3)
               rest = substr(rest, RSTART + RLENGTH) } }' "$1"
}

failed=0
checked=0
for document in "$@"; do
    while read -r line target; do
        case $target in *://* | mailto:*) continue ;; esac
        checked=$((checked + 1))
        path=${target%%#*}
        file=$document
        [ -z "$path" ] || file=$(dirname "$document")/$path
        if [ ! -e "$file" ]; then
            echo "$document:$line: there is no file $target"
            failed=$((failed + 1))
        elif [ "$target" != "$path" ] && ! anchors "$file" | grep -q -x -F -e "${target#*#}"; then
            echo "$document:$line: $file has no heading #${target#*#}"
            failed=$((failed + 1))
        fi
    done < <(links "$document")
done
echo "links of $# documents:"
echo "$((checked - failed)) passed, $failed failed"
[ $failed -eq 0 ]
