#!/bin/sh
# Boots Debian's Linux for i386 without PAE, and compares `mmsim inspect` of its memory with QEMU's `info mem`. Called
# by `make test-foreign`. The kernel is fetched once from Debian's archive into build/debian; the lists and settings of
# this machine's apt are only read.
#
# Prints a line for each check, then the sums. Ends with 1 if a check failed. Skips everything if the kernel cannot be
# fetched.
set -u

here=$(dirname "$0")
store=$(realpath "$BUILD")/debian # apt takes no relative paths
package=linux-image-686
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LIMIT=${LIMIT:-120}
ram_bytes=134217728
# shellcheck source=/dev/null
. "$here/checks.sh"
# shellcheck source=/dev/null
. "$here/monitor.sh"
# shellcheck source=/dev/null
. "$here/../../bench/traces/capture/debian.sh"
# shellcheck source=/dev/null
. "$here/../../bench/traces/capture/cpio.sh"

# give_up REASON: skips the checks, and ends the script.
give_up() {
    echo "skipped: $1"
    exit 0
}

# fetch_kernel: sets kernel to the path of the kernel.
fetch_kernel() {
    kernel=$store/vmlinuz
    [ -s "$kernel" ] && return
    command -v apt-get >/dev/null || give_up "there is no apt-get to fetch Debian's $package with"
    debian_update && debian_kernel "$package" && return
    give_up "could not fetch Debian's $package for i386; $store/apt.log says why"
}

# make_first_process: makes an initial RAM disk with a first process.
make_first_process() {
    $CC -m32 -nostdlib -static -Wl,--build-id=none -o "$work/init" "$here/init.S" &&
        { member init 100755 "$work/init" && member 'TRAILER!!!' 0 /dev/null; } >"$work/init.cpio"
}

# dump_linux PATTERN REGISTERS [INITRD]: boots until a line of the output matches the pattern, stops where the line of
# registers matches REGISTERS, and dumps the memory.
dump_linux() {
    machine_start -m "${ram_bytes}B" -kernel "$kernel" -append 'console=ttyS0 panic=0 nokaslr' ${3:+-initrd "$3"}
    machine_wait "$work/serial.log" "$1" && machine_stop "$2" && machine_dump "$ram_bytes"
}

# has_two_levels: the page tables have two levels, because CR4.PAE is off.
# shellcheck disable=SC2154  # machine_dump sets cr4
has_two_levels() {
    [ $((cr4 & 0x20)) -eq 0 ]
}

command -v "${QEMU:-qemu-system-i386}" >/dev/null || give_up "${QEMU:-qemu-system-i386} is not installed"
fetch_kernel
check "Linux panics without a root" dump_linux 'end Kernel panic - not syncing: VFS' 'CPL=0'
check "its page tables have two levels" has_two_levels
check "inspect prints the same as info mem" same_ranges
check "a first process is compiled" make_first_process
check "Linux is stopped in the first process" dump_linux '^first process runs' 'CPL=3' "$work/init.cpio"
check "inspect prints the same as info mem in the first process" same_ranges
check "the first process has user pages" has "$work/mmsim.ranges" ' u'
checks_end
