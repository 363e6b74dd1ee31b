# What all tests of the image share: a folder to work in, checks, and ways to boot.
# shellcheck shell=sh disable=SC2034,SC2154  # who includes this sets here, and uses the variables

image=${IMAGE:-$BUILD/mmsim.elf}
qemu_sh=src/i386/qemu.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! command -v "${QEMU:-qemu-system-i386}" >/dev/null; then
    echo "the image's tests need ${QEMU:-qemu-system-i386} (Debian: qemu-system-x86)" >&2
    exit 2
fi
COLUMNS=200 # tables are looked at line by line
export COLUMNS
LIMIT=${LIMIT:-120}
export LIMIT

# boot LOG IMAGE RAM [WORDS [TRACE]]: qemu.sh's status; the serial line without carriage returns in LOG.
boot() {
    log=$1
    shift
    "$qemu_sh" "$@" >"$log"
}

# shellcheck source=/dev/null
. "$here/checks.sh"
# shellcheck source=/dev/null
. "$here/same_run.sh"
