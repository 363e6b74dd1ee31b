#!/bin/sh
# Builds the strategy that include/mm/README.md shows, and runs every test that all strategies share on it. Called by
# `make test-plugin`, which passes BUILD and MAKE in the environment.
#
#     a copy of the sources + the text + one line in the table -> program, tests, image
#
# Objects are copied, too, so that only the objects that depend on the two files are built again. This does not work
# with a build directory whose name is absolute, because the objects' dependency files contain the name. The copy is
# removed if all tests pass.
set -eu

: "${BUILD:?}" "${MAKE:?}"
top=$PWD
copy=$BUILD/plugin
name=$(sed -n 's/^const struct strategy strategy_\([a-z]*\) = {$/\1/p' include/mm/README.md)

# die MESSAGE: ends the script.
die() {
    echo "plugin: $*" >&2
    exit 1
}

[ -n "$name" ] || die "include/mm/README.md has no strategy"
rm -rf "$copy"
mkdir -p "$copy/build"
cp -a Makefile README.md src include sim tests bench coverage "$copy/"
case $BUILD in
/*) ;;
*) (cd "$BUILD" && find ./host ./host-full ./asan -name '*.[od]' -o -name '*.inc' -o -name config) 2>/dev/null |
    tar -C "$BUILD" -c -T - | tar -C "$copy/build" -x ;;
esac
awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' include/mm/README.md >"$copy/src/mm/strategy_$name.c"
echo "STRATEGY($name)" >>"$copy/src/mm/strategy_table.h"
cd "$copy"

# run ARGUMENT...: runs make in the copy.
run() {
    "$MAKE" --no-print-directory BUILD=build "$@"
}

# The tests that run for each strategy of the table, plain and with sanitizers, only for this strategy.
export MMSIM_STRATEGY="$name"
shared=$(grep -l 'MM_TEST(' tests/*/test_*.c | grep -v '^tests/harden/' | tr '\n' ' ')
for variant in host asan; do
    run VARIANT=$variant TEST_SRC="$shared" test-programs
done
# The tests that need HARDENING=full.
run HARDENING=full TEST_SRC="$(echo tests/harden/test_*.c)" test-programs

# A real trace with enough memory and with too little. Every replay runs the checkers.
build/mmsim strategies | grep -q "^$name " || die "mmsim strategies does not list it"
build/mmsim replay bench/traces/gcc_512.mmb.zst --strategy "$name" --json >build/host.json
build/mmsim replay bench/traces/gcc_512.mmb.zst --strategy "$name" --ram 64M --json >build/short.json
grep -q '"failures": {"kmalloc": 0, "pages": 0,' build/host.json || die "it fails requests of gcc_512"
grep -q '"no_frames": [1-9]' build/short.json || die "gcc_512 passes in 64 MiB, which is too little"

# The image has the same digest.
if ! command -v "${QEMU:-qemu-system-i386}" >/dev/null; then
    die "the image's test needs ${QEMU:-qemu-system-i386} (Debian: qemu-system-x86)"
fi
run build/mmsim.elf
build/mmsim convert tests/image/processes.mmt build/processes.mmb
src/i386/qemu.sh build/mmsim.elf 32M "strategy=$name" build/processes.mmb >build/boot.log ||
    die "the image failed: $(tail -n 1 build/boot.log)"
digest=$(build/mmsim replay build/processes.mmb --strategy "$name" --memmap build/boot.log --json |
    sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/')
tr -d '\r' <build/boot.log | grep -q "^digest $name $digest\$" || die "the digests of host and image differ"
echo "the strategy $name of include/mm/README.md: all tests pass; host and image have the digest $digest"
cd "$top" && rm -rf "$copy"
