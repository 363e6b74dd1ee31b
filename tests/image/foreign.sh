#!/bin/sh
# Boots a kernel that is not ours, Debian's Linux for i386 without PAE, and holds `mmsim inspect` of its memory
# against QEMU's `info mem`. Called by `make test-foreign`. The kernel comes from Debian's archive, once, into
# build/foreign; apt's own lists and settings are only read.
#
# One line a check; ends with the sums, and with 1 when a check failed, 2 when there is no kernel to boot.
set -u

here=$(dirname "$0")
store=$(pwd)/$BUILD/foreign # apt takes no relative paths
package=linux-image-686
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LIMIT=${LIMIT:-120}
ram_bytes=134217728
# shellcheck source=/dev/null
. "$here/checks.sh"
# shellcheck source=/dev/null
. "$here/monitor.sh"

give_up() {
    echo "test-foreign: $1" >&2
    exit 2
}

# apt's tools on a state of their own.
private_apt() {
    tool=$1
    shift
    "$tool" -qq -o APT::Architecture=i386 -o APT::Architectures=i386 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$store/apt" -o Dir::State::status="$store/apt/status" -o Dir::Cache="$store/apt/cache" \
        "$@"
}

# The package is a name for the newest one, which has the kernel. One index of many may fail to come.
fetch_package() {
    mkdir -p "$store/apt/lists/partial" "$store/apt/cache/archives/partial"
    : >"$store/apt/status"
    rm -f "$store"/linux-image-*_i386.deb
    private_apt apt-get update >"$store/apt.log" 2>&1
    newest=$(private_apt apt-cache depends "$package" 2>>"$store/apt.log" | sed -n 's/^ *Depends: //p')
    [ -n "$newest" ] && (cd "$store" && private_apt apt-get download "$newest" >>"apt.log" 2>&1)
}

# Leaves the kernel at $kernel.
fetch_kernel() {
    kernel=$store/vmlinuz
    [ -s "$kernel" ] && return
    command -v apt-get >/dev/null || give_up "no apt-get here to fetch Debian's $package with"
    fetch_package || give_up "could not fetch Debian's $package for i386; $store/apt.log says why"
    dpkg-deb --fsys-tarfile "$store"/linux-image-*_i386.deb | tar -xO --wildcards './boot/vmlinuz-*' >"$kernel.new"
    [ -s "$kernel.new" ] || give_up "there is no kernel in $store/linux-image-*_i386.deb"
    mv "$kernel.new" "$kernel"
}

# pad BYTES: zeros up to the next multiple of 4.
pad() {
    head -c $(((4 - $1 % 4) % 4)) /dev/zero
}

# member NAME MODE FILE: of an archive as Linux unpacks one at boot (its early-userspace/buffer-format.rst).
member() {
    bytes=$(wc -c <"$3")
    printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
        1 "0$2" 0 0 1 0 "$bytes" 0 0 0 0 $((${#1} + 1)) 0
    printf '%s\0' "$1"
    pad $((110 + ${#1} + 1))
    cat "$3"
    pad "$bytes"
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
