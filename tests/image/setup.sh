# The set-up of all tests of the image: a folder for files, checks, and functions that boot the image.
# shellcheck shell=sh disable=SC2034,SC2154  # the including script sets here, and uses the variables

image=${IMAGE:-$BUILD/mmsim.elf}
qemu_sh=src/i386/qemu.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v "${QEMU:-qemu-system-i386}" >/dev/null; then
    echo "the image's tests need ${QEMU:-qemu-system-i386} (Debian: qemu-system-x86)" >&2
    exit 2
fi
COLUMNS=200 # so that no line of a table is broken
export COLUMNS
LIMIT=${LIMIT:-120}
export LIMIT

# boot LOG IMAGE RAM [WORDS [TRACE]]: boots the image with qemu.sh, and returns its status. LOG gets the serial line.
boot() {
    log=$1
    shift
    "$qemu_sh" "$@" >"$log"
}

# shellcheck source=/dev/null
. "$here/checks.sh"
# shellcheck source=/dev/null
. "$here/same_run.sh"
