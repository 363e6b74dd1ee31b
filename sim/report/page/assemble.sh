#!/bin/sh
# Assembles the page of `mmsim report` around its data: OUT_DIR/before.html and OUT_DIR/after.html, which the program
# contains. Between the two it writes the data elements (README.md).
#
#     assemble.sh OUT_DIR [UPLOT_DIR]
#
# UPLOT_DIR is npm's package uplot; a page that is assembled without it has no time lines, and says so.
set -eu

out=$1
uplot=${2:-}
page=$(dirname "$0")
# A file may use what an earlier one defines while the page loads.
scripts='numbers dom decode layer colours shares run geometry state textures labels strips maps words moment tips charts
tables zoom input start'

mkdir -p "$out"
: >"$out/uplot.js"
cp "$page/style.css" "$out/style.css"
if [ -n "$uplot" ]; then
    { echo '/*'; cat "$uplot/LICENSE"; echo '*/'; cat "$uplot/dist/uPlot.iife.min.js"; } >"$out/uplot.js"
    { echo "/* uPlot's; its licence stands above its script. */"; cat "$uplot/dist/uPlot.min.css" "$page/style.css"; } \
        >"$out/style.css"
fi
for script in $scripts; do
    cat "$page/$script.js"
done >"$out/page.js"

# The policy of the page (CSP) names the sums of its own scripts and style, so nothing in the data can ever run.
sum() {
    escapes=$(sha256sum "$1" | cut -c 1-64 | sed 's/../\\x&/g')
    printf "'sha256-%s'" "$(env printf "$escapes" | base64)"
}
style_sum=$(sum "$out/style.css")
script_sums="$(sum "$out/uplot.js") $(sum "$out/page.js")"

element() {
    printf '<%s>' "$1"
    cat "$2"
    printf '</%s>\n' "$1"
}

rm -f "$out/before.html" "$out/after.html"
part=before
while IFS= read -r line; do
    case $line in
    @STYLE@) element style "$out/style.css" ;;
    @SCRIPTS@) element script "$out/uplot.js"; element script "$out/page.js" ;;
    @DATA@) part=after ;;
    *) printf '%s\n' "$line" | sed "s|@STYLE_SUM@|$style_sum|; s|@SCRIPT_SUMS@|$script_sums|" ;;
    esac >>"$out/$part.html"
done <"$page/page.html"
