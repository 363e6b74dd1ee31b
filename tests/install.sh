#!/bin/bash
# What `make install` installs, used from where it was put. Called by `make test-install`.
#
#     install.sh ROOM MAKE
set -euo pipefail

room=$1
make=$2
tests=$(cd "$(dirname "$0")" && pwd)
failed=0

fault() {
    echo "install: $*"
    failed=1
}

rm -rf "$room"
mkdir -p "$room"
room=$(cd "$room" && pwd)

# ---- a staged tree has everything that is installed, and uninstall removes it ----
"$make" --no-print-directory install DESTDIR="$room/staged" PREFIX=/opt/mmsim
tree=$room/staged/opt/mmsim
for file in bin/mmsim share/bash-completion/completions/mmsim share/man/man1/mmsim.1 share/man/man5/mmsim-trace.5 \
    share/man/man7/mmsim-strategies.7 share/doc/mmsim/README.md share/doc/mmsim/traces.md share/doc/mmsim/changelog.md \
    share/doc/mmsim/figures/series.svg share/doc/mmsim/LICENSE share/mmsim/traces/gcc_512.mmb.zst \
    share/mmsim/traces/brk_blocked.mmt; do
    [ -s "$tree/$file" ] || fault "it installs no $file"
done
[ ! -e sim/manual/mmsim.zsh ] || [ -s "$tree/share/zsh/site-functions/_mmsim" ] || fault "it installs no completion for zsh"
[ ! -e sim/manual/mmsim.fish ] || [ -s "$tree/share/fish/vendor_completions.d/mmsim.fish" ] ||
    fault "it installs no completion for fish"
grep -q ' /opt/mmsim/share/mmsim/traces/gcc_512' "$tree/share/man/man1/mmsim.1" || fault "examples do not name the place of the traces"
"$make" --no-print-directory uninstall DESTDIR="$room/staged" PREFIX=/opt/mmsim
left=$(find "$room/staged" -type f)
[ -z "$left" ] || fault "uninstall leaves $left"

# ---- the manual page: the program's version, every command, every option; and sound roff ----
"$make" --no-print-directory install PREFIX="$room/usr"
PATH=$room/usr/bin:$PATH
share=$room/usr/share
page=$share/man/man1/mmsim.1
version=$(mmsim --version | cut -d ' ' -f 2)
grep -q "^.TH MMSIM 1 .* \"mmsim $version\"" "$page" || fault "the manual page is not of version $version"
for command in $(mmsim --help | sed -n 's/^  mmsim \([a-z]*\) .*/\1/p'); do
    grep -q "^.SS mmsim $command" "$page" || fault "the manual page lacks $command"
    for option in $(mmsim "$command" --help | sed -n '2,$s/^  \(--[a-z0-9-]*\).*/\1/p'); do
        grep -q -F -e "${option//-/\\-}" "$page" || fault "the manual page lacks $command $option"
    done
done
for man in "$share"/man/man*/*; do
    if command -v mandoc >/dev/null; then
        mandoc -T lint -W warning "$man" || fault "mandoc finds faults in ${man##*/}"
    fi
done

# ---- the guide: its links, and every example that needs no sources ----
"$tests/links.sh" "$share"/doc/mmsim/*.md >"$room/links" || fault "the installed guide: $(cat "$room/links")"
grep -n 'build/mmsim' "$share"/doc/mmsim/*.md && fault "the installed guide calls the program by its place in the build"
mkdir "$room/work"
ran=0
for document in "$share"/doc/mmsim/*.md "$share"/man/man*/*; do
    mkdir "$room/${document##*/}"
    awk -v room="$room/${document##*/}" -f "$tests/examples.awk" "$document" || fault "${document##*/} has a command that no test runs"
    for script in "$room/${document##*/}"/*.sh; do
        [ -e "$script" ] || continue
        # shellcheck disable=SC2016 # $PWD as the example says it
        sed 1d "$script" | grep -q -E '(^|[ =])(make|build/|bench/|tests/)|\$PWD/build|mem\.dump' && continue
        ran=$((ran + 1))
        (cd "$room/work" && bash -euo pipefail "$script") >"$room/output" 2>&1 ||
            fault "an example of the installed ${document##*/} fails: $(cat "$script" "$room/output")"
    done
done
[ $ran -ge 25 ] || fault "only $ran examples run without the sources"

# ---- completion ----
# shellcheck source=/dev/null
source "$share/bash-completion/completions/mmsim"

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

"$make" --no-print-directory uninstall PREFIX="$room/usr"
left=$(find "$room/usr" -type f)
[ -z "$left" ] || fault "uninstall leaves $left"
[ $failed -eq 0 ] && echo "install: program, guide, man pages, completion and traces are there, work ($ran examples), and go again"
exit $failed
