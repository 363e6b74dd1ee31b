#!/bin/sh
# Records logs for `mmsim import`: runs a workload in Debian's Linux for i386 under QEMU, with ftrace, perf and
# trace-cmd. The kernel and the tools are Debian packages, which are fetched once into build/debian. Nothing is
# installed, and no root is needed.
#
#     bench/traces/capture/capture.sh DIRECTORY [WORKLOAD]
#
# DIRECTORY gets ftrace.txt, perf.txt, trace-cmd.txt and versions.txt. WORKLOAD is a script for the guest's sh
# (workload.sh by default), which is busybox's. The environment may have
#
#     RAM        the guest's memory (512M)
#     CPUS       its CPUs (1)
#     BUFFER_KB  ftrace's buffer for each CPU (32768)
#     RECORDERS  what records the workload, one after the other (ftrace perf trace-cmd)
#     PACKAGES   Debian packages that the guest has besides, with what they depend on (none)
#     LIMIT      seconds after which the guest is stopped (300)
#     AFTER      a script that the guest runs in the end, in the directory of the logs; it can read /tmp/perf.data and
#                /tmp/trace.dat
#
# Ends with 2 if the packages cannot be fetched, with 1 if the guest leaves no logs.
set -u

here=$(dirname "$0")
store=$(realpath "${BUILD:-build}")/debian # apt takes no relative paths
out=${1:?"usage: capture.sh DIRECTORY [WORKLOAD]"}
workload=${2:-$here/workload.sh}
qemu=${QEMU:-qemu-system-i386}
packages=$store/packages-$(echo "${PACKAGES:-}" | tr ' ' '-')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=bench/traces/capture/debian.sh
. "$here/debian.sh"
# shellcheck source=bench/traces/capture/cpio.sh
. "$here/cpio.sh"

# The tools, and the libraries that they are linked with, on Debian 12.
TOOLS="linux-perf trace-cmd busybox-static libaudit1 libbabeltrace1 libbz2-1.0 libc6 libcap-ng0 libcap2 libcrypt1 \
libdw1 libelf1 libexpat1 libgcc-s1 libglib2.0-0 liblzma5 libnuma1 libopencsd1 libpcre2-8-0 libperl5.36 \
libpython3.11 libslang2 libstdc++6 libtraceevent1 libtracefs1 libunwind8 libuuid1 libzstd1 zlib1g"

# give_up STATUS REASON: ends the script.
give_up() {
    echo "capture: $2" >&2
    exit "$1"
}

# fetch_tools: unpacks the tools' packages into $store/tools.
fetch_tools() {
    [ -d "$store/tools" ] && return
    mkdir -p "$store/tools.new"
    # shellcheck disable=SC2086  # a list
    debian_download tools $TOOLS || return 1
    for package in "$store"/tools.deb/*.deb; do
        dpkg-deb -x "$package" "$store/tools.new" || return 1
    done
    mv "$store/tools.new" "$store/tools" && rm -r "$store/tools.deb"
}

# What no workload needs of the packages: documents, most headers of the kernel, parts of gcc for other purposes.
NEEDLESS="etc var sbin usr/sbin usr/share usr/lib/systemd usr/lib/lsb lib/systemd usr/lib/gcc/*/*/lto* \
usr/lib/gcc/*/*/plugin usr/bin/*lto-dump* usr/lib/*/perl* usr/lib/*/gconv usr/lib/*/lib*san.so* usr/include/linux/*/ \
usr/include/drm usr/include/rdma usr/include/rpcsvc usr/include/scsi usr/include/sound usr/include/tirpc"

# fetch_packages: unpacks $PACKAGES, and what they depend on, into $packages.
fetch_packages() {
    mkdir -p "$packages.new"
    # shellcheck disable=SC2086  # a list
    debian_download_all packages $PACKAGES || return 1
    for package in "$store"/packages.deb/*.deb; do
        dpkg-deb -x "$package" "$packages.new" || return 1
    done
    # shellcheck disable=SC2086  # a list of patterns
    (cd "$packages.new" && rm -rf $NEEDLESS)
    mv "$packages.new" "$packages" && rm -r "$store/packages.deb"
}

# fetch: fetches what an earlier call did not.
fetch() {
    if [ ! -s "$store/vmlinuz" ] || [ ! -d "$store/tools" ]; then
        debian_update && debian_kernel linux-image-686 && fetch_tools || return 1
    fi
    [ -z "${PACKAGES:-}" ] || [ -d "$packages" ] || { debian_update && fetch_packages; }
}

# libraries_of FILE...: the names of the libraries that the files are linked with, one a line.
libraries_of() {
    readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

# add_libraries: copies the libraries that the programs in $work/root/bin need, and those that these need in turn.
add_libraries() {
    cp -L "$store/tools/lib/ld-linux.so.2" "$work/root/lib/"
    while
        added=0
        for name in $(libraries_of "$work/root/bin/perf" "$work/root/bin/trace-cmd" "$work"/root/lib/*.so*); do
            [ -e "$work/root/lib/$name" ] && continue
            file=$(find "$store/tools" -name "$name" | head -n 1)
            [ -n "$file" ] || give_up 1 "no library $name in the packages"
            cp -L "$file" "$work/root/lib/"
            added=1
        done
        [ "$added" -eq 1 ]
    do :; done
}

# make_initramfs: makes $work/root.cpio, the root file system of the guest.
make_initramfs() {
    mkdir -p "$work/root/bin" "$work/root/lib"
    [ -z "${PACKAGES:-}" ] || cp -a "$packages/." "$work/root/"
    cp "$store/tools/bin/busybox" "$store/tools/usr/bin/perf" "$store/tools/usr/bin/trace-cmd" "$work/root/bin/"
    cp "$here/guest.sh" "$work/root/init"
    cp "$here/figures.sh" "$work/root/bin/figures.sh"
    cp "$workload" "$work/root/workload"
    {
        echo "RECORDERS='${RECORDERS:-ftrace perf trace-cmd}'"
        echo "BUFFER_KB='${BUFFER_KB:-32768}'"
    } >"$work/root/settings"
    [ -z "${AFTER:-}" ] || cp "$AFTER" "$work/root/after"
    add_libraries
    member_tree "$work/root" >"$work/root.cpio"
}

# boot: runs the guest until it turns its machine off.
boot() {
    timeout "${LIMIT:-300}" "$qemu" -m "${RAM:-512M}" -smp "${CPUS:-1}" -nodefaults -display none -no-reboot \
        -kernel "$store/vmlinuz" -initrd "$work/root.cpio" -append 'console=ttyS0 nokaslr panic=-1 quiet' \
        -serial "file:$work/serial.log" -serial "file:$work/logs.tgz"
}

command -v "$qemu" >/dev/null || give_up 2 "$qemu is not installed"
command -v readelf >/dev/null || give_up 2 "readelf is not installed (Debian's binutils)"
fetch || give_up 2 "could not fetch Debian's packages for i386; $store/apt.log says why"
make_initramfs
mkdir -p "$out"
boot
tar -xzf "$work/logs.tgz" -C "$out" 2>/dev/null || {
    tail -n 20 "$work/serial.log" >&2
    give_up 1 "the guest left no logs"
}
