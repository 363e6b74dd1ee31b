#!/bin/sh
# Prints the manual page: mmsim.1.in, with the version, the commands and the exit statuses as the program itself
# prints them.
#
#     manual.sh PROGRAM
set -eu

here=$(dirname "$0")
program=$1
version=$("$program" --version | cut -d ' ' -f 2)

commands_help() {
    for command in $("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p'); do
        "$program" "$command" --help
    done
}

sed "s/@VERSION@/$version/" "$here/mmsim.1.in" | while IFS= read -r line; do
    case $line in
    @COMMANDS@) commands_help | awk -f "$here/commands.awk" ;;
    @EXIT_STATUS@) "$program" help exit-status | awk -f "$here/commands.awk" ;;
    *) printf '%s\n' "$line" ;;
    esac
done
