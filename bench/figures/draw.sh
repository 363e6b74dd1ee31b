#!/bin/sh
# Draws the figures of the documents. Called by `make figures` and `make test-figures`.
#
#     draw.sh PROGRAM ROOM OUT
#
# What is measured goes into ROOM, the figures into OUT. They are the same on every machine with the same gnuplot.
set -eu

program=$1
room=$2
out=$3
mkdir -p "$room" "$out"

"$program" compare bench/traces/gcc_512.mmb.zst --ram 128M --strategies window,primary,brk,zoned \
    --series "$room/gcc_512.csv" --every 5000 >"$room/gcc_512.txt"
"$program" plot "$room/gcc_512.csv" -o "$out/series.svg" --panels heap,used,unusable \
    --title 'gcc_512, a build of Lua under Linux, in 128 MiB'

"$program" sweep bench/traces/boot_2048.mmb.zst --ram 60M..80M --points 11 --json >"$room/boot_2048.json"
"$program" sweep bench/traces/gcc_512.mmb.zst --ram 78M..98M --points 11 --json >"$room/gcc_512.json"
"$program" plot "$room/boot_2048.json" "$room/gcc_512.json" -o "$out/sweep.svg" --title 'Requests that fail'

"$program" generate page-in-the-way --events 400000 -o "$room/page-in-the-way.mmb"
"$program" compare "$room/page-in-the-way.mmb" --ram 80M --strategies brk,jump,migrate,zoned \
    --series "$room/page-in-the-way.csv" --every 500 >"$room/page-in-the-way.txt"
"$program" plot "$room/page-in-the-way.csv" -o "$out/page-in-the-way.svg" --panels heap,failures \
    --title 'page-in-the-way in 80 MiB: a few pages stay, and brk fails'
