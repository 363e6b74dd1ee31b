#!/bin/sh
# Boots a kernel that is not ours, Debian's Linux for i386 without PAE, and holds `mmsim inspect` of its memory
# against QEMU's `info mem`. Called by `make test-foreign`. The kernel comes from Debian's archive, once, into
# build/debian; apt's own lists and settings are only read.
#
# One line a check; ends with the sums, and with 1 when a check failed. Says that it skips, when there is no kernel.
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

give_up() {
    echo "skipped: $1"
    exit 0
}

# Leaves the kernel at $kernel.
fetch_kernel() {
    kernel=$store/vmlinuz
    [ -s "$kernel" ] && return
    command -v apt-get >/dev/null || give_up "no apt-get here to fetch Debian's $package with"
    debian_update && debian_kernel "$package" && return
    give_up "could not fetch Debian's $package for i386; $store/apt.log says why"
}

make_first_process() {
    $CC -m32 -nostdlib -static -Wl,--build-id=none -o "$work/init" "$here/init.S" &&
        { member init 100755 "$work/init" && member 'TRAILER!!!' 0 /dev/null; } >"$work/init.cpio"
}

# dump_linux PATTERN WHERE [INITRD]: booted until it says so, stopped where its registers are so.
dump_linux() {
    machine_start -m "${ram_bytes}B" -kernel "$kernel" -append 'console=ttyS0 panic=0 nokaslr' ${3:+-initrd "$3"}
    machine_wait "$work/serial.log" "$1" && machine_stop "$2" && machine_dump "$ram_bytes"
}

# Two levels: neither CR4.PAE nor long mode.
# shellcheck disable=SC2154  # machine_dump sets cr4
has_two_levels() {
    [ $((cr4 & 0x20)) -eq 0 ]
}

command -v "${QEMU:-qemu-system-i386}" >/dev/null || give_up "${QEMU:-qemu-system-i386} is not installed"
fetch_kernel
check "Linux panics without a root" dump_linux 'end Kernel panic - not syncing: VFS' 'CPL=0'
check "it has two levels of tables" has_two_levels
check "inspect says what info mem says" same_ranges
check "a first process is made" make_first_process
check "Linux is stopped in it" dump_linux '^first process runs' 'CPL=3' "$work/init.cpio"
check "inspect says what info mem says" same_ranges
check "it has pages of the user's" has "$work/mmsim.ranges" ' u'
checks_end
