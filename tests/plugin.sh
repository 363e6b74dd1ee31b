#!/bin/sh
# Builds the strategy that include/mm/README.md has, from its text, and puts it to every test that
# strategies share. Called by `make test-plugin`, which says in the environment what was built where.
#
#     a copy of the sources + the text + one line in the table -> program, tests, image
#
# Objects that were built come along, so that only what the two files change is built again; not from a build
# directory with an absolute name, which is in their lists of what they depend on. The copy goes when all is well.
set -eu

: "${BUILD:?}" "${MAKE:?}"
top=$PWD
room=$BUILD/plugin
name=$(sed -n 's/^const struct strategy strategy_\([a-z]*\) = {$/\1/p' include/mm/README.md)

die() {
    echo "plugin: $*" >&2
    exit 1
}

[ -n "$name" ] || die "include/mm/README.md has no strategy"
rm -rf "$room"
mkdir -p "$room/build"
cp -a Makefile README.md src include sim tests bench coverage "$room/"
case $BUILD in
/*) ;;
*) (cd "$BUILD" && find ./host ./asan -name '*.[od]' -o -name '*.inc' -o -name config) 2>/dev/null |
    tar -C "$BUILD" -c -T - | tar -C "$room/build" -x ;;
esac
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' include/mm/README.md >"$room/src/mm/strategy_$name.c"
echo "STRATEGY($name)" >>"$room/src/mm/strategy_table.h"
cd "$room"

run() {
    "$MAKE" --no-print-directory BUILD=build "$@"
}

# The tests that take each strategy of the table in turn, plain and under the sanitizers: this strategy's turn alone.
export MMSIM_STRATEGY="$name"
shared=$(grep -l 'MM_TEST(' tests/*/test_*.c | grep -v '^tests/harden/' | tr '\n' ' ')
for variant in host asan; do
    run VARIANT=$variant TEST_SRC="$shared" test-programs
done
# What only HARDENING=full sees.
run HARDENING=full TEST_SRC="$(echo tests/harden/test_*.c)" test-programs

# A real trace, and one that asks for more than there is: the checkers ran, and nothing was lost.
build/mmsim strategies | grep -q "^$name " || die "mmsim strategies does not list it"
build/mmsim replay bench/traces/gcc_512.mmb.zst --strategy "$name" --json >build/host.json
build/mmsim replay bench/traces/gcc_512.mmb.zst --strategy "$name" --ram 64M --json >build/short.json
grep -q '"failures": {"kmalloc": 0, "pages": 0,' build/host.json || die "it fails requests of gcc_512"
grep -q '"no_frames": [1-9]' build/short.json || die "64 MiB should not do for gcc_512"

# The same digest from the machine that boots.
if ! command -v "${QEMU:-qemu-system-i386}" >/dev/null; then
    die "the image's test needs ${QEMU:-qemu-system-i386} (Debian: qemu-system-x86)"
fi
run build/mmsim.elf
build/mmsim convert tests/image/processes.mmt build/processes.mmb
src/i386/qemu.sh build/mmsim.elf 32M "strategy=$name" build/processes.mmb >build/boot.log ||
    die "the image failed: $(tail -n 1 build/boot.log)"
digest=$(build/mmsim replay build/processes.mmb --strategy "$name" --memmap build/boot.log --json |
    sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/')
tr -d '\r' <build/boot.log | grep -q "^digest $name $digest\$" || die "host and image disagree"
echo "the strategy $name of include/mm/README.md: program, tests and image agree, digest $digest"
cd "$top" && rm -rf "$room"
