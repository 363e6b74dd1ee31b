#!/bin/bash
# What `make install` installs, used from where it was put. Called by `make test-install`.
#
#     install.sh ROOM MAKE
set -euo pipefail

room=$1
make=$2
failed=0

fault() {
    echo "install: $*"
    failed=1
}

rm -rf "$room"
mkdir -p "$room"
"$make" --no-print-directory install DESTDIR="$room" PREFIX=/opt/mmsim
tree=$room/opt/mmsim
listed=$(cd "$room" && find . -type f | sort | tr '\n' ' ')
expected="./opt/mmsim/bin/mmsim ./opt/mmsim/share/bash-completion/completions/mmsim ./opt/mmsim/share/man/man1/mmsim.1 "
[ "$listed" = "$expected" ] || fault "it installed $listed"
PATH=$(cd "$tree/bin" && pwd):$PATH

# ---- the manual page: the program's version, every command, every option, and sound roff ----
page=$tree/share/man/man1/mmsim.1
version=$(mmsim --version | cut -d ' ' -f 2)
grep -q "^.TH MMSIM 1 .* \"mmsim $version\"" "$page" || fault "the manual page is not of version $version"
for command in $(mmsim --help | sed -n 's/^  mmsim \([a-z]*\) .*/\1/p'); do
    grep -q "^.SS mmsim $command" "$page" || fault "the manual page lacks $command"
    for option in $(mmsim "$command" --help | sed -n '2,$s/^  \(--[a-z0-9-]*\).*/\1/p'); do
        grep -q -F -e "${option//-/\\-}" "$page" || fault "the manual page lacks $command $option"
    done
done
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" || fault "mandoc finds faults in the manual page"
fi

# ---- completion ----
# shellcheck source=/dev/null
source "$tree/share/bash-completion/completions/mmsim"

# completes TO WORD...: the last word is completed to TO.
completes() {
    local to=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _mmsim mmsim "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    [ "${COMPREPLY[*]}" = "$to" ] || fault "$* is completed to '${COMPREPLY[*]}', not '$to'"
}

completes compare mmsim comp
completes 'info inspect' mmsim help in
completes '--strategy' mmsim replay trace.mmb --st
completes '--strategies' mmsim compare trace.mmb --st
completes migrate mmsim replay trace.mmb --strategy m
completes 'brk,zoned' mmsim compare trace.mmb --strategies brk,z
completes zoned mmsim compare trace.mmb --strategies = z
completes 'brk_blocked bad_access' mmsim reduce trace.mmb --keeps b
completes 'perf' mmsim import pe
completes 'phases page-in-the-way power-of-two' mmsim generate p
completes '' mmsim info trace

"$make" --no-print-directory uninstall DESTDIR="$room" PREFIX=/opt/mmsim
[ -z "$(find "$room" -type f)" ] || fault "uninstall leaves $(find "$room" -type f)"
[ $failed -eq 0 ] && echo "install: program, manual page and completion are there, work, and go again"
exit $failed
