#!/bin/sh
# Boot the image in QEMU, with its serial line on standard output.
#
#     qemu.sh (IMAGE.elf | IMAGE.iso) RAM [WORDS [TRACE.mmb]]
#
# RAM has QEMU's form (512M); WORDS are the kernel command line. The exit status is 0 if the image
# ended well, 1 if it did not, and 2 if it could not be started. $QEMU names the emulator, $LIMIT is a
# limit in seconds, and $CPUS is the number of CPUs: only with more than one does QEMU make a locked
# access as one access.
set -u

image=$1
ram=$2
words=${3:-}
trace=${4:-}
qemu=${QEMU:-qemu-system-i386}
limit=${LIMIT:-600}

# The image writes 0x10 on success; isa-debug-exit turns it into the status 2 * 0x10 + 1.
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
