#!/bin/sh
# Converts a page of the guide, or a man page, for installation. Its examples then call the installed program and read
# the installed traces. Links from the guide into the sources become plain text.
#
#     installed.sh TRACE_DIR TRACE... <PAGE >INSTALLED
set -eu

trace_dir=$1
shift
names=
for trace in "$@"; do names="$names; s,$trace,$trace_dir/${trace##*/},g"; done

sed -E -z "s,build/mmsim,mmsim,g; s,\.\./\.\./bench/figures/,figures/,g; s/\[([^][]*)\]\(\.\.\/[^)]*\)/\1/g $names"
