#!/bin/sh
# Turns a page of the guide, or a man page, into what is installed: examples call the program by its name and use the
# traces where they are installed, and links out of the guide, into the sources, become plain text.
#
#     installed.sh PLACE_OF_TRACES TRACE... <PAGE >INSTALLED
set -eu

place=$1
shift
names=
for trace in "$@"; do names="$names; s,$trace,$place/${trace##*/},g"; done

sed -E -z "s,build/mmsim,mmsim,g; s,\.\./\.\./bench/figures/,figures/,g; s/\[([^][]*)\]\(\.\.\/[^)]*\)/\1/g $names"
