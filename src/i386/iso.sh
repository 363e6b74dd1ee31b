#!/bin/sh
# Makes a GRUB ISO of the image and traces, with a menu entry for each trace and one for the self-test.
#
#     iso.sh IMAGE.elf OUT.iso [TRACE.mmb ...]
#
# If a tool is missing, prints which package has it and succeeds, because the image boots without an ISO, too.
set -eu

image=$1
out=$2
shift 2

missing=
command -v grub-mkrescue >/dev/null || missing="$missing grub-common"
command -v xorriso >/dev/null || missing="$missing xorriso"
command -v mformat >/dev/null || missing="$missing mtools"
[ -d /usr/lib/grub/i386-pc ] || missing="$missing grub-pc-bin"
if [ -n "$missing" ]; then
    echo "$out is not made; it needs these packages:$missing"
    exit 0
fi

tree=${out%.iso}.iso.d
rm -rf "$tree"
mkdir -p "$tree/boot/grub" "$tree/traces"
cp "$image" "$tree/boot/mmsim.elf"
{
    echo "set timeout=3"
    for trace in "$@"; do
        name=$(basename "$trace")
        cp "$trace" "$tree/traces/$name"
        echo "menuentry 'replay ${name%.mmb}, every strategy' {"
        echo "    multiboot /boot/mmsim.elf"
        echo "    module /traces/$name $name"
        echo "}"
    done
    echo "menuentry 'self-test' {"
    echo "    multiboot /boot/mmsim.elf selftest=only"
    echo "}"
} >"$tree/boot/grub/grub.cfg"

if ! grub-mkrescue -o "$out" "$tree" >"$tree.log" 2>&1; then
    cat "$tree.log" >&2
    exit 1
fi
rm -rf "$tree" "$tree.log"
