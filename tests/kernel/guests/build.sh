#!/bin/bash
# Builds the guest kernels, each without a bug and once with each of its bugs.
#
#     build.sh OUT_DIR [KERNEL...]
#
# makes OUT_DIR/KERNEL.elf and OUT_DIR/KERNEL-BUG.elf. A bug is a macro BUG_NAME that a source of the kernel asks for;
# its file's name has the NAME in small letters, with hyphens: low-no-cr3-load.elf. A kernel none of whose sources is
# newer than what was built is left alone.
set -euo pipefail

guests=$(cd "$(dirname "$0")" && pwd)
out=$1
shift
[ $# -gt 0 ] || set -- low recursive higher slab

cc=${CC:-gcc}
ld=${LD:-ld}
cflags=(-m32 -march=i686 -std=c11 -Og -g -pipe -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror
    -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fno-omit-frame-pointer -fno-asynchronous-unwind-tables
    -mgeneral-regs-only "-I$guests/common")
ldflags=(-m elf_i386 -static -nostdlib -z noexecstack --no-warn-rwx-segments --fatal-warnings)

# compile DIRECTORY SOURCE... [-DBUG_NAME]: an object for each, in DIRECTORY.
compile() {
    mkdir -p "$1"
    (cd "$1" && exec "$cc" "${cflags[@]}" -c "${@:2}")
}

# link KERNEL ELF OBJECT...
link() {
    "$ld" "${ldflags[@]}" -T "$guests/$1/$1.ld" -o "$2" "${@:3}"
}

# An archive: a kernel has only the parts that it uses.
build_common() {
    rm -rf "$out/obj/common"
    compile "$out/obj/common" "$guests"/common/*.[cS]
    ar rcs "$out/obj/common/common.a" "$out"/obj/common/*.o
}

up_to_date() {
    [ -e "$out/$1.elf" ] && [ -z "$(find "$0" "$guests/$1" "$guests/common" -newer "$out/$1.elf")" ]
}

# build_bug KERNEL BUG SOURCE...: the sources that ask for the bug are compiled anew, all other objects are those of the
# clean kernel.
build_bug() {
    local kernel=$1 bug=$2 name=${2#BUG_} source object
    local objects=("$out/obj/$kernel"/*.o)
    name=${name,,}
    name=$kernel-${name//_/-}
    compile "$out/obj/$name" "${@:3}" "-D$bug"
    for source in "${@:3}"; do
        object=${source##*/}
        object=${object%.*}.o
        objects=("${objects[@]/#"$out/obj/$kernel/$object"/"$out/obj/$name/$object"}")
    done
    link "$kernel" "$out/$name.elf" "${objects[@]}" "$out/obj/common/common.a"
}

# One line for each bug: BUG SOURCE...
bugs_of() {
    grep -owE 'BUG_[A-Z0-9_]+' "$guests/$1"/*.[cS] | sort -u |
        awk -F: '{ sources[$2] = sources[$2] " " $1 } END { for (bug in sources) print bug sources[bug] }'
}

mkdir -p "$out"
out=$(cd "$out" && pwd)
for kernel in "$@"; do
    up_to_date "$kernel" && continue
    [ -n "${common_is_built:-}" ] || build_common
    common_is_built=yes
    rm -rf "$out/obj/$kernel"
    compile "$out/obj/$kernel" "$guests/$kernel"/*.[cS]
    while read -ra bug_and_sources; do
        build_bug "$kernel" "${bug_and_sources[@]}"
    done < <(bugs_of "$kernel")
    # Last, since it stands for all.
    link "$kernel" "$out/$kernel.elf" "$out/obj/$kernel"/*.o "$out/obj/common/common.a"
done
