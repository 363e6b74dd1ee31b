#!/bin/sh
# Prints a man page: PAGE.in, with the version, and where it says @COMMANDS@ the commands as the program itself tells
# them.
#
#     manual.sh PROGRAM PAGE.in
set -eu

here=$(dirname "$0")
program=$1
page=$2
version=$("$program" --version | cut -d ' ' -f 2)
commands=$("$program" --help | sed -n 's/^  mmsim \([a-z]*\)\( .*\)*$/\1/p')

sed "/^@COMMANDS@\$/,\$d; s/@VERSION@/$version/" "$page"
grep -q '^@COMMANDS@$' "$page" || exit 0
for command in $commands; do "$program" "$command" --help; done | awk -f "$here/commands.awk"
sed '1,/^@COMMANDS@$/d' "$page"
