#!/bin/sh
# Prints a man page: PAGE.in with the version, the help of every command, and the exit statuses, as the program prints
# them.
#
#     manual.sh PROGRAM PAGE.in
set -eu

here=$(dirname "$0")
program=$1
page=$2
version=$("$program" --version | cut -d ' ' -f 2)

# commands_help: prints the help of every command.
commands_help() {
    for command in $("$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p'); do
        "$program" "$command" --help
    done
}

sed "s/@VERSION@/$version/" "$page" | while IFS= read -r line; do
    case $line in
    @COMMANDS@) commands_help | awk -f "$here/commands.awk" ;;
    @EXIT_STATUS@) "$program" help exit-status | awk -f "$here/commands.awk" ;;
    *) printf '%s\n' "$line" ;;
    esac
done
