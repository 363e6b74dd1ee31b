#!/bin/bash
# Runs foreign kernels natively: the tests that need the runner, and the guest kernels, whose output must be what it is
# when they are interpreted. Called by `make test-native`, which sets BUILD, PROGRAM, CC and HOST_O, where the test
# programs are.
#
# A host whose processor does not run 32-bit code of a local segment (some virtual machines) boots a virtual machine
# that does: QEMU translates code (TCG), Debian's kernel for amd64 runs there, and the host's files are shown to it
# read-only. The kernel comes from Debian's archive, once, into build/debian-amd64; apt's own lists and settings are
# only read. QEMU's processor checks no segment limits, so that ring 3 is kept from the supervisor's pages by unmapping
# them.
#
#     native.sh [COMMAND...]    instead of the tests, run a command there
#
# One line a check; ends with the sums, and with 1 when a check failed. Says that it skips, when there is no kernel.
set -u

: "${BUILD:?}" "${PROGRAM:?}"
here=$(dirname "$0")
build=$(realpath "$BUILD")
store=$build/debian-amd64
program=$(realpath "$PROGRAM")
tests=$(realpath "${HOST_O:-$BUILD/host}")/tests/kernel
package=linux-image-amd64
LIMIT=${LIMIT:-300} # of the machine: it takes 60 s on two cores of its own
QEMU=${QEMU:-qemu-system-x86_64}
modules='virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci 9pnet 9pnet_virtio netfs fscache 9p
    overlay'
work=$(mktemp -d)
logs=$work/logs
trap 'rm -rf "$work"' EXIT
# shellcheck source=/dev/null
. "$here/../image/checks.sh"
# shellcheck source=/dev/null
. "$here/../../bench/traces/capture/cpio.sh"

give_up() {
    echo "skipped: $1"
    exit 0
}

# ---- Debian's kernel ----

private_apt() { # TOOL ARGUMENT...
    "$1" -qq -o APT::Architecture=amd64 -o APT::Architectures=amd64 -o APT::Sandbox::User="$(id -un)" \
        -o Dir::State="$store/apt" -o Dir::State::status="$store/apt/status" -o Dir::Cache="$store/apt/cache" \
        "${@:2}"
}

download_kernel() {
    local newest
    mkdir -p "$store/apt/lists/partial" "$store/apt/cache/archives/partial"
    : >"$store/apt/status"
    echo "fetching Debian's $package for amd64 into $store: about 50 MB of lists, and 70 MB" >&2
    private_apt apt-get update >"$store/apt.log" 2>&1
    newest=$(private_apt apt-cache depends "$package" 2>>"$store/apt.log" | sed -n 's/^ *Depends: //p')
    [ -n "$newest" ] && (cd "$work" && private_apt apt-get download "$newest" >>"$store/apt.log" 2>&1)
}

# The kernel as ELF: QEMU's processor would take long to decompress it.
unpack_image() { # VMLINUZ
    local offset
    offset=$(grep -obUaP -m 1 '\xfd7zXZ\x00' "$1" | head -n 1 | cut -d: -f1)
    [ -n "$offset" ] && tail -c "+$((offset + 1))" "$1" | xz -dc --single-stream 2>/dev/null
}

unpack_kernel() {
    local name
    dpkg-deb -x "$work"/*.deb "$work/kernel" || return
    mkdir -p "$store/modules"
    for name in $modules; do
        find "$work/kernel" -name "$name.ko" -exec cp {} "$store/modules" \;
    done
    unpack_image "$work"/kernel/boot/vmlinuz-* >"$work/vmlinux"
    [ -s "$work/vmlinux" ] || cp "$work"/kernel/boot/vmlinuz-* "$work/vmlinux"
    rm -rf "$work/kernel" "$work"/*.deb "$store/apt"
    mv "$work/vmlinux" "$store/vmlinux"
}

fetch_kernel() {
    [ -s "$store/vmlinux" ] && return
    command -v apt-get >/dev/null || give_up "no apt-get here to fetch Debian's $package with"
    download_kernel && unpack_kernel && return
    give_up "could not fetch Debian's $package for amd64; $store/apt.log says why"
}

# ---- the machine ----

make_first_files() {
    local name
    member init 100755 "$work/init"
    member modules 40755 /dev/null
    for name in $modules; do
        [ -f "$store/modules/$name.ko" ] && member "modules/$name.ko" 100644 "$store/modules/$name.ko"
    done
    member 'TRAILER!!!' 0 /dev/null
}

# Runs a script of bash in the machine; its output is this function's, and so is its status.
#
# SMAP is off: QEMU 7.2 confuses it with the alignment flag of 32-bit code, and the kernel ends the process.
in_machine() { # SCRIPT
    local status
    make_first_files >"$work/init.cpio"
    : >"$work/output"
    timeout "$LIMIT" "$QEMU" -accel tcg,thread=multi -smp 2 -m 2G -cpu max,-smap -display none -nodefaults \
        -no-reboot -kernel "$store/vmlinux" -initrd "$work/init.cpio" \
        -append "console=ttyS0 quiet panic=-1 mitigations=off script=$1" -serial "file:$work/console" \
        -serial "file:$work/output" -device isa-debug-exit,iobase=0x501,iosize=1 \
        -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap 2>"$work/qemu"
    status=$?
    tr -d '\r' <"$work/output"
    [ $((status % 2)) -eq 1 ] && status=$((status / 2)) && [ $status -ne 99 ] && return $status
    [ $status -eq 124 ] && echo "the virtual machine did not end within $LIMIT s"
    cat "$work/console" "$work/qemu"
    return 99
}

# ---- what is run ----

guests='low recursive higher slab'
planted='low-no-cr3-load low-free-before-flush low-double-free recursive-no-invlpg-table recursive-table-freed-in-use
    higher-no-invlpg higher-irq-in-heap slab-no-invlpg'
# The longest first: two run at a time.
programs='test_kernel_api test_kernel_failures test_kernel_errors test_kernel_runner test_segment_host'

# What a guest prints and the report of its end. The auxiliary carry is not defined after logical instructions.
run_guest() { # NAME DIRECTORY [OPTION]
    "$program" kernel --limit 60 "${@:3}" "$build/guests/$1.elf" >"$2/$1${3:-}" 2>&1
    sed -i 's/eflags [0-9a-f]*//' "$2/$1${3:-}"
}

run_all_guests() { # COMMAND...: with NAME, and with NAME --check-tlb
    local name
    for name in $guests; do "$@" "$name"; done
    for name in $guests $planted; do "$@" "$name" --check-tlb; done
}

interpret_guest() { # NAME [OPTION]
    run_guest "$1" "$work" "${@:2}"
}

# In the machine.

is_as_interpreted() { # NAME [OPTION]
    run_guest "$1" "$logs" "${@:2}"
    diff "$work/$1${2:-}" "$logs/$1${2:-}"
}

# Prints its status, and what it says if that is not 0.
run_test() { # NAME COMMAND...
    local status=0
    "${@:2}" >"$logs/$1.log" 2>&1 || status=$?
    echo "$1: $status"
    [ $status -eq 0 ] || sed "s/^/$1| /" "$logs/$1.log"
}

# Every second test, from the first or from the second on.
run_half() { # 0|1
    local number=0 name
    for name in $programs; do
        [ $((number++ % 2)) -eq "$1" ] && run_test "$name" "$tests/$name"
    done
    run_all_guests run_guest_of_half "$1"
}

run_guest_of_half() { # 0|1 NAME [OPTION]
    [ $((number++ % 2)) -eq "$1" ] && run_test "$2${3:-}" is_as_interpreted "${@:2}"
}

make_script() {
    declare -p build program tests work logs guests planted programs
    declare -f run_guest run_all_guests is_as_interpreted run_test run_half run_guest_of_half
    printf 'cd %q\n' "$PWD"
    cat <<'END'
mkdir -p "$logs"
"$work/init" --probe
echo "machine: $?"
run_half 0 & run_half 1 & wait
END
}

was_fine() { # NAME
    grep -q "^$1: 0$" "$work/results" && return
    grep "^$1[:|]" "$work/results" | cut -c 1-160 | tail -n 30
    return 1
}

check_guest() { # NAME [OPTION]
    check "$1 ${2:-} prints what it prints when it is interpreted" was_fine "$1${2:-}"
}

report() {
    local name
    check "the machine runs 32-bit code" was_fine machine
    for name in $programs; do check "$name" was_fine "$name"; done
    run_all_guests check_guest
}

"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -O1 -static -o "$work/init" "$here/native_init.c" || exit 1
if "$work/init" --probe; then
    echo "this host runs 32-bit code: the other tests of foreign kernels are native"
    in_machine() { bash "$1"; }
else
    command -v "$QEMU" >/dev/null || give_up "$QEMU is not installed"
    command -v xz >/dev/null || give_up "xz is not installed (Debian: xz-utils)"
    fetch_kernel
fi
if [ $# -gt 0 ]; then
    { printf 'cd %q\n' "$PWD" && printf '%q ' "$@"; } >"$work/script"
    in_machine "$work/script"
    exit
fi
run_all_guests interpret_guest
make_script >"$work/script"
in_machine "$work/script" >"$work/results"
status=$?
report
[ $status -eq 0 ] || tail -n 20 "$work/results"
checks_end
