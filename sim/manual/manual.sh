#!/bin/sh
# Prints the manual page: mmsim.1.in, with the version and the commands as the program itself tells them.
#
#     manual.sh PROGRAM
set -eu

here=$(dirname "$0")
program=$1
version=$("$program" --version | cut -d ' ' -f 2)
commands=$("$program" --help | sed -n 's/^  mmsim \([a-z]*\)\( .*\)*$/\1/p')

sed "/^@COMMANDS@\$/,\$d; s/@VERSION@/$version/" "$here/mmsim.1.in"
for command in $commands; do "$program" "$command" --help; done | awk -f "$here/commands.awk"
sed '1,/^@COMMANDS@$/d' "$here/mmsim.1.in"
