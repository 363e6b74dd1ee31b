#!/bin/bash
# Installs the program, and uses everything that is installed. Called by `make test-install`.
#
#     install.sh WORK_DIR MAKE
set -euo pipefail

work=$1
make=$2
tests=$(cd "$(dirname "$0")" && pwd)
failed=0

# fault MESSAGE: reports a fault.
fault() {
    echo "install: $*"
    failed=1
}

rm -rf "$work"
mkdir -p "$work"
work=$(cd "$work" && pwd)

# ---- a staged tree has everything that is installed, and uninstall removes it ----
"$make" --no-print-directory install DESTDIR="$work/staged" PREFIX=/opt/mmsim
tree=$work/staged/opt/mmsim
for file in bin/mmsim lib/libmmsim.a lib/pkgconfig/mmsim.pc include/mmsim/kernel.h \
    share/bash-completion/completions/mmsim share/zsh/site-functions/_mmsim \
    share/fish/vendor_completions.d/mmsim.fish share/man/man1/mmsim.1 share/man/man5/mmsim-trace.5 \
    share/man/man7/mmsim-strategies.7 share/doc/mmsim/README.md share/doc/mmsim/traces.md share/doc/mmsim/changelog.md \
    share/doc/mmsim/figures/series.svg share/doc/mmsim/LICENSE share/mmsim/traces/gcc_512.mmb.zst \
    share/mmsim/traces/brk_blocked.mmt; do
    [ -s "$tree/$file" ] || fault "$file is not installed"
done
grep -q ' /opt/mmsim/share/mmsim/traces/gcc_512' "$tree/share/man/man1/mmsim.1" ||
    fault "the examples do not use the installed traces"
"$make" --no-print-directory uninstall DESTDIR="$work/staged" PREFIX=/opt/mmsim
left=$(find "$work/staged" -type f)
[ -z "$left" ] || fault "uninstall leaves $left"

# ---- a test of a foreign kernel is compiled with the options of pkg-config ----
if [ -e /usr/include/Zydis/Zydis.h ] && command -v pkg-config >/dev/null; then
    "$make" --no-print-directory install PREFIX="$work/usr"
    "$tests/kernel/guests/build.sh" "$work/guests" low
    cat >"$work/boot.c" <<'END'
#include <mmsim/kernel.h>
int main(int argc, char **argv)
{
    struct kernel *kernel = kernel_create(NULL);
    return argc != 2 || kernel_load(kernel, argv[1]) != KERNEL_DONE || kernel_boot(kernel) != KERNEL_DONE ||
           kernel_run_until(kernel, "kernel_ready") != KERNEL_UNTIL || kernel_call(kernel, "kalloc") == 0;
}
END
    read -r -a flags <<<"$(PKG_CONFIG_PATH=$work/usr/lib/pkgconfig pkg-config --cflags --libs mmsim)"
    gcc "$work/boot.c" "${flags[@]}" -o "$work/boot" || fault "a test does not link with the installed library"
    "$work/boot" "$work/guests/low.elf" || fault "a test with the installed library fails"
    printf '#include <mmsim/kernel.h>\n' | gcc -x c++ -fsyntax-only "${flags[0]}" - 2>"$work/c++" ||
        grep -q 'cannot execute' "$work/c++" || fault "the header does not compile as C++: $(cat "$work/c++")"
fi

# ---- the manual page has the version, every command and every option of the program, and is sound roff ----
"$make" --no-print-directory install PREFIX="$work/usr"
PATH=$work/usr/bin:$PATH
share=$work/usr/share
page=$share/man/man1/mmsim.1
version=$(mmsim --version | cut -d ' ' -f 2)
grep -q "^.TH MMSIM 1 .* \"mmsim $version\"" "$page" || fault "the manual page is not of version $version"
commands=$(mmsim --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  .*/\1/p')
[ "$(echo "$commands" | wc -l)" -ge 18 ] || fault "mmsim --help lists $commands"
for command in $commands; do
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

# ---- the links of the guide lead somewhere, and every example that needs no sources works ----
"$tests/links.sh" "$share"/doc/mmsim/*.md >"$work/links" || fault "the installed guide: $(cat "$work/links")"
grep -n 'build/mmsim' "$share"/doc/mmsim/*.md && fault "the installed guide calls build/mmsim"
mkdir "$work/work"
# shellcheck disable=SC2016 # $PWD stands in the examples
needs_sources='(^|[ =])(make|build/|bench/|tests/|guests/|sim/)|PKG_CONFIG_PATH=build|\$PWD/build|mem\.dump'
ran=0
for document in "$share"/doc/mmsim/*.md "$share"/man/man*/*; do
    mkdir "$work/${document##*/}"
    awk -v work="$work/${document##*/}" -f "$tests/examples.awk" "$document" ||
        fault "${document##*/} has a command that no test runs"
    for script in "$work/${document##*/}"/*.sh; do
        [ -e "$script" ] || continue
        sed 1d "$script" | grep -q -E "$needs_sources" && continue
        ran=$((ran + 1))
        (cd "$work/work" && bash -euo pipefail "$script") >"$work/output" 2>&1 ||
            fault "an example of the installed ${document##*/} fails: $(cat "$script" "$work/output")"
    done
done
[ $ran -ge 25 ] || fault "only $ran examples run without the sources"

# ---- completion ----
# shellcheck source=/dev/null
source "$share/bash-completion/completions/mmsim"

# completes EXPECTED WORD...: the completion of the last word is EXPECTED.
completes() {
    local expected=$1
    shift
    COMP_WORDS=("$@")
    COMP_CWORD=$(($# - 1))
    COMPREPLY=()
    _mmsim mmsim "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    [ "${COMPREPLY[*]}" = "$expected" ] || fault "$* is completed to '${COMPREPLY[*]}', not '$expected'"
}

completes compare mmsim compa
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
completes 'zsh' mmsim completion z
completes '--output' mmsim cut trace.mmb 1..2 --o
completes '--markdown' mmsim table lines --ma
completes 'heap,used' mmsim plot a.csv --panels heap,us
completes '--help' mmsim --h

# typed TEXT EXPECTED: an interactive bash that gets TEXT and a tab shows EXPECTED.
typed() {
    shown=$({ sleep 0.5; printf '%s\t' "$1"; sleep 0.5; printf '\025exit\n'; } |
        PS1='$ ' TERM=dumb timeout 20 script -qec \
            "bash --noprofile --rcfile '$share/bash-completion/completions/mmsim' -i" /dev/null 2>&1 | tr -d '\r\a') ||
        true # the status of bash does not matter
    case $shown in *"$2"*) ;; *) fault "a tab after '$1' shows '$shown', not '$2'" ;; esac
}
typed 'mmsim expl' 'mmsim explain '
typed 'mmsim compare x.mmb --strategies brk,zo' '--strategies brk,zoned '
typed 'mmsim replay x.mmb --strategy=mig' '--strategy=migrate '

if command -v fish >/dev/null; then
    # offers LINE EXPECTED: fish completes the line to EXPECTED.
    offers() {
        offered=$(HOME=$work fish --no-config \
            -c "source '$share/fish/vendor_completions.d/mmsim.fish'; complete -C '$1'" |
            cut -f 1 | tr '\n' ' ')
        [ "$offered" = "$2 " ] || fault "fish completes '$1' to '$offered', not '$2'"
    }
    offers 'mmsim expl' explain
    offers 'mmsim replay x --strategy m' migrate
    offers 'mmsim compare x --strategies brk,z' 'brk,zoned'
    offers 'mmsim table --ma' '--markdown'
fi

"$make" --no-print-directory uninstall PREFIX="$work/usr"
left=$(find "$work/usr" -type f)
[ -z "$left" ] || fault "uninstall leaves $left"
[ $failed -eq 0 ] &&
    echo "install: program, guide ($ran examples), man pages, completion and traces work, and uninstall removes them"
exit $failed
