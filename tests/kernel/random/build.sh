#!/bin/bash
# Builds the kernel that executes random instructions.
#
#     build.sh OUT_DIR
#
# makes OUT_DIR/random.elf, unless it is newer than all sources.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
common=$here/../guests/common
src=$here/../../../src
mkdir -p "$1/obj/random"
out=$(cd "$1" && pwd)
elf=$out/random.elf
[ ! -e "$elf" ] || [ -n "$(find "$here" "$common" "$src/replay/random.h" -newer "$elf")" ] || exit 0

cc=${CC:-gcc}
ld=${LD:-ld}
cflags=(-m32 -march=i686 -std=c11 -O2 -g -pipe -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror
    -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-asynchronous-unwind-tables
    -mgeneral-regs-only "-I$common" "-I$src")
cd "$out/obj/random"
"$cc" "${cflags[@]}" -c "$here"/*.[cS] "$common"/{console,pic,string}.c
"$ld" -m elf_i386 -static -nostdlib -z noexecstack --no-warn-rwx-segments --fatal-warnings \
    -T "$here/random.ld" -o "$elf" ./*.o
