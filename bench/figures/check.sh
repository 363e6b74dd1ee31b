#!/bin/sh
# Are the figures of the documents what `make figures` would draw? Called by `make test-figures`.
#
#     check.sh PROGRAM ROOM
set -eu

program=$1
room=$2
drawer=$(command -v gnuplot >/dev/null && gnuplot --version || echo "no gnuplot")
if ! grep -q "GNUPLOT ${drawer#gnuplot } " bench/figures/series.svg; then
    echo "skipped: the figures were drawn by another gnuplot than the one here: $drawer"
    exit 0
fi
bench/figures/draw.sh "$program" "$room" "$room/drawn" 2>"$room.log" || { cat "$room.log"; exit 1; }
for figure in bench/figures/*.svg; do
    cmp "$figure" "$room/drawn/${figure##*/}" || { echo "figures: stale; make figures draws them again"; exit 1; }
done
