#!/bin/sh
# Checks that the figures of the documents are those that `make figures` draws now. Called by `make test-figures`.
#
#     check.sh PROGRAM WORK_DIR
set -eu

program=$1
work=$2
version=$(command -v gnuplot >/dev/null && gnuplot --version || echo "no gnuplot")
if ! grep -q "GNUPLOT ${version#gnuplot } " bench/figures/series.svg; then
    echo "skipped: the figures were drawn by another version than this one: $version"
    exit 0
fi
bench/figures/draw.sh "$program" "$work" "$work/drawn" 2>"$work.log" || { cat "$work.log"; exit 1; }
for figure in bench/figures/*.svg; do
    cmp "$figure" "$work/drawn/${figure##*/}" || { echo "figures: $figure is out of date; run make figures"; exit 1; }
done
