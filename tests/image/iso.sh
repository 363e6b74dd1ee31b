# GRUB boots an ISO with a small trace, which is made in the same way as build/mmsim.iso. Without GRUB's tools, there
# are no checks.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

src/i386/iso.sh "$image" "$work/small.iso" "$small" >"$work/iso.log"
if [ -f "$work/small.iso" ]; then
    check "the ISO boots" boot "$work/iso.log" "$work/small.iso" 64M
    check "the ISO replays its trace" has "$work/iso.log" '^digest brk [0-9a-f]{16}$'
else
    cat "$work/iso.log"
fi
