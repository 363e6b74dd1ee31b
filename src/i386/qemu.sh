#!/bin/sh
# Boots the image in QEMU, with the serial line on standard output.
#
#     qemu.sh (IMAGE.elf | IMAGE.iso) RAM [WORDS [TRACE.mmb]]
#
# RAM is a size for QEMU (512M), WORDS the kernel command line. Ends with 0 if the image reports success, with 1 if it
# does not, with 2 if QEMU cannot be started. The environment may have QEMU, the program; LIMIT, a time limit in
# seconds; and CPUS, the number of CPUs: only with more than one does QEMU make a locked access as one access.
set -u

image=$1
ram=$2
words=${3:-}
trace=${4:-}
qemu=${QEMU:-qemu-system-i386}
limit=${LIMIT:-600}

# The image writes 0x10 to isa-debug-exit on success and 0x11 on failure; QEMU ends with twice this value plus 1.
image_ok=33

if ! command -v "$qemu" >/dev/null; then
    echo "$qemu is not installed (Debian: qemu-system-x86)" >&2
    exit 2
fi
case $trace in
*[\ ,]*)
    echo "$trace: QEMU takes no module whose path has a blank or a comma; rename it" >&2
    exit 2
    ;;
esac

set -- "$qemu" -m "$ram" -smp "${CPUS:-1}" -display none -serial stdio -monitor none -no-reboot -nic none \
    -device isa-debug-exit,iobase=0xf4,iosize=0x04
case $image in
*.iso) set -- "$@" -cdrom "$image" ;;
*) set -- "$@" -kernel "$image" -append "$words" ${trace:+-initrd "$trace"} ;;
esac

timeout "$limit" "$@" </dev/null
status=$?
case $status in
"$image_ok") exit 0 ;;
124) echo "the image did not end within $limit seconds" >&2 ;;
35) ;; # the image has printed the reason
*) echo "the image did not end by itself: QEMU's status is $status" >&2 ;;
esac
exit 1
