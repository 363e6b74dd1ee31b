#!/bin/sh
# Draws the figures of the documents. Called by `make figures` and `make test-figures`.
#
#     draw.sh PROGRAM WORK_DIR OUT_DIR
#
# The environment has BUILD. WORK_DIR gets the measured data, OUT_DIR the figures. Every machine with the same gnuplot
# draws the same figures.
set -eu

program=$1
work=$2
out=$3
mkdir -p "$work" "$out"

"$program" compare bench/traces/gcc_512.mmb.zst --ram 128M --strategies window,primary,brk,zoned \
    --series "$work/gcc_512.csv" --every 5000 >"$work/gcc_512.txt"
"$program" plot "$work/gcc_512.csv" -o "$out/series.svg" --panels heap,used,unusable \
    --title 'gcc_512, a build of Lua under Linux, in 128 MiB'

"$program" sweep bench/traces/boot_2048.mmb.zst --ram 60M..80M --points 11 --json >"$work/boot_2048.json"
"$program" sweep bench/traces/gcc_512.mmb.zst --ram 78M..98M --points 11 --json >"$work/gcc_512.json"
"$program" plot "$work/boot_2048.json" "$work/gcc_512.json" -o "$out/sweep.svg" --title 'Requests that fail'

"$program" generate page-in-the-way --events 400000 -o "$work/page-in-the-way.mmb"
"$program" report "$work/page-in-the-way.mmb" --ram 80M --strategies brk,jump,migrate,zoned -o "$work/page-in-the-way.html"
# A browser draws this one; letters differ by a pixel between its versions, so `make test-figures` does not compare it.
if [ -d "$BUILD/page-tests/node_modules" ] && command -v chromium >/dev/null; then
    node bench/figures/screenshot.mjs "$work/page-in-the-way.html" "$out/report.png"
else
    echo "figures: report.png is as it was; 'make test-page' fetches what draws it" >&2
fi
