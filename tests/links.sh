#!/bin/bash
# Does every relative link of the documents lead to a file that is there, and to a heading that is in it? Called by
# `make test-examples`.
#
#     links.sh DOCUMENT.md...
set -euo pipefail

# The names by which a page's headings are reached, as GitHub makes them.
anchors() {
    awk '/^```/ { fenced = !fenced } !fenced && /^#+ /' "$1" | sed 's/^#* *//' | tr '[:upper:]' '[:lower:]' |
        sed 's/[^a-z0-9 _-]//g; s/ /-/g'
}

# LINE TARGET of each link and image.
links() {
    awk '/^```/ { fenced = !fenced }
         fenced || /^    / { next }
         { gsub(/`[^`]*`/, "") ; rest = $0
           while (match(rest, /\]\([^)]*\)/)) {
               print FNR, substr(rest, RSTART + 2, RLENGTH - 3)
               rest = substr(rest, RSTART + RLENGTH) } }' "$1"
}

failed=0
seen=0
for document in "$@"; do
    while read -r line target; do
        case $target in *://* | mailto:*) continue ;; esac
        seen=$((seen + 1))
        path=${target%%#*}
        file=$document
        [ -z "$path" ] || file=$(dirname "$document")/$path
        if [ ! -e "$file" ]; then
            echo "$document:$line: nothing is at $target"
            failed=$((failed + 1))
        elif [ "$target" != "$path" ] && ! anchors "$file" | grep -q -x -F -e "${target#*#}"; then
            echo "$document:$line: $file has no heading of the name #${target#*#}"
            failed=$((failed + 1))
        fi
    done < <(links "$document")
done
echo "links of $# documents:"
echo "$((seen - failed)) passed, $failed failed"
[ $failed -eq 0 ]
