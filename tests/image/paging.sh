# Compares `mmsim inspect` with QEMU's `info mem` and `info tlb` for the page tables of other machines than mmsim's own:
# PAE, long mode with four and five levels, and RISC-V. The tables are random (tables_wide.S, tables_riscv.s).
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

paging_bytes=16777216

# skip_unless WHAT COMMAND...: says why WHAT is not compared, unless all commands are there.
skip_unless() {
    what=$1
    shift
    for command in "$@"; do
        command -v "$command" >/dev/null && continue
        echo "skipped: $what: $command is not installed"
        return 1
    done
}

# x86_paging LEVELS: sets paging_mode, and the machine that has it.
x86_paging() {
    case $1 in
    3) paging_mode=pae paging_cpu=max ;;
    4) paging_mode=long paging_cpu=max ;;
    5) paging_mode=la57 paging_cpu=max,la57=on ;;
    esac
}

# dump_wide LEVELS SEED WORDS COMMAND...: boots the tables, with these words for the compiler, gives the monitor the
# commands, and dumps the memory raw, and as ELF cores without and with -p.
dump_wide() {
    x86_paging "$1"
    # shellcheck disable=SC2086  # the words are several
    $CC -m32 -nostdlib -static -Wl,-Ttext=0x100000 -Wl,--build-id=none -DLEVELS="$1" -DSEED="$2" $3 \
        -o "$work/tables.elf" "$here/tables_wide.S" || return 1
    shift 3
    rm -f "$work/core" "$work/core.p"
    QEMU=qemu-system-x86_64 machine_start -m 16M -cpu "$paging_cpu" -kernel "$work/tables.elf"
    machine_wait "$work/serial.log" '^ready' && machine_stop 'HLT=1' &&
        machine_dump "$paging_bytes" "$@" "dump-guest-memory \"$work/core\"" "dump-guest-memory -p \"$work/core.p\""
}

# same_as EXPECTED ARGUMENT...: `mmsim inspect` with these arguments prints the file, and is not refused.
same_as() {
    expected=$1
    shift
    "$PROGRAM" inspect "$@" >"$work/mmsim.ranges" 2>"$work/mmsim.err"
    [ $? -le 1 ] || { cat "$work/mmsim.err"; return 1; }
    [ -s "$expected" ] || return 1
    diff "$expected" "$work/mmsim.ranges" | head -n 20
    cmp -s "$expected" "$work/mmsim.ranges"
}

# letters_of PAGE RIGHTS FLAGS: the flags of a line of --pages as `info tlb` writes them, without accessed and dirty.
letters_of() {
    x=X g=- p=P c=- t=- u=- w=-
    case $1 in 4K) p=- ;; esac
    case $2 in ???x) x=- ;; esac
    case $2 in u*) u=U ;; esac
    case $2 in ??w*) w=W ;; esac
    case $3 in *global*) g=G ;; esac
    case $3 in *uncached*) c=C ;; esac
    case $3 in *write-through*) t=T ;; esac
    letters=$x$g$p--$c$t$u$w
}

# last_digits COUNT NUMBER: the last digits of the number, with zeros in front if it has fewer.
last_digits() {
    printf "%0$1d%s" 0 "$2" | tail -c "$1"
}

# tlb_lines: makes lines of `info tlb`, one for each page, of those of --pages. Shells have signed numbers of 64 bits, so
# the first four digits of addresses stay text.
tlb_lines() {
    while read -r range _ _ physical page rights _ _ flags; do
        case $page in 4K) page_bytes=4096 ;; 2M) page_bytes=2097152 ;; *) page_bytes=1073741824 ;; esac
        letters_of "$page" "$rights" "$flags"
        start=$(last_digits 16 "${range%-*}")
        upper=${start%????????????}
        at=$((0x${start#????}))
        end=$(last_digits 12 "${range#*-}")
        left=$(((0x$end - at & 0xffffffffffff) / page_bytes))
        frame=$((0x$physical))
        while [ "$left" -gt 0 ]; do
            printf '%s%012x: %016x %s\n' "$upper" "$at" "$frame" "$letters"
            at=$((at + page_bytes)) left=$((left - 1))
            case $flags in *repeated*) ;; *) frame=$((frame + page_bytes)) ;; esac
        done
    done
}

# same_pages: `mmsim inspect --pages` has the pages of `info tlb`. In PAE, the address there includes the bit NX.
same_pages() {
    sed -n 's/^\([0-9a-f]\{16\}: \)[08]\([0-9a-f]\{15\} ...\)..\(....\)$/\10\2--\3/p' "$work/monitor.log" >"$work/qemu.pages"
    COLUMNS=400 "$PROGRAM" inspect "$work/core" --pages 2>"$work/mmsim.err" | sed 1d | tlb_lines >"$work/mmsim.pages"
    [ -s "$work/qemu.pages" ] || return 1
    diff "$work/qemu.pages" "$work/mmsim.pages" | head -n 20
    cmp -s "$work/qemu.pages" "$work/mmsim.pages"
}

# compare_wide LEVELS
compare_wide() {
    x86_paging "$1"
    if [ "$1" -ne 5 ]; then # QEMU 7.2's `info mem` takes present entries for absent ones where there are five levels
        check "dumps random tables of $paging_mode" dump_wide "$1" 1 '' 'info mem'
        check "inspect prints the same as info mem, $paging_mode" \
            same_as "$work/qemu.ranges" "$work/mem.dump" --mode "$paging_mode" --cr3 "$cr3"
        check "inspect finds the tables of a core, $paging_mode" same_as "$work/qemu.ranges" "$work/core"
        check "inspect finds the tables of a core of mapped memory, $paging_mode" same_as "$work/qemu.ranges" "$work/core.p"
    fi
    check "dumps plain tables of $paging_mode" dump_wide "$1" 2 -DPLAIN 'info tlb'
    check "inspect prints the same pages as info tlb, $paging_mode" same_pages
}

# dump_riscv LEVELS: boots the tables, and dumps the memory raw and as a core. Sets satp.
dump_riscv() {
    riscv64-linux-gnu-as -march=rv64gc --defsym LEVELS="$1" --defsym SEED=1 -o "$work/tables.o" "$here/tables_riscv.s" &&
        riscv64-linux-gnu-ld -Ttext=0x80000000 -o "$work/tables.elf" "$work/tables.o" || return 1
    rm -f "$work/core" "$work/mem.dump"
    QEMU=qemu-system-riscv64 machine_start -machine virt -m 16M -bios "$work/tables.elf"
    machine_wait "$work/serial.log" '^ready' || return 1
    machine_end stop 'info registers' 'info mem' "pmemsave 0x80000000 $paging_bytes \"$work/mem.dump\"" \
        "dump-guest-memory \"$work/core\"" || return 1
    satp=0x$(sed -n 's/^ satp *\([0-9a-f]*\).*/\1/p' "$work/monitor.log" | head -n 1)
    sed -n '/^vaddr /,$p' "$work/monitor.log" >"$work/qemu.ranges"
    [ "$satp" != 0x ] && [ -s "$work/mem.dump" ] && [ -s "$work/core" ]
}

# compare_riscv LEVELS MODE
compare_riscv() {
    check "dumps random tables of $2" dump_riscv "$1"
    check "inspect prints the same as info mem, $2" \
        same_as "$work/qemu.ranges" "$work/mem.dump" --base 0x80000000 --satp "$satp"
    check "inspect prints the same of a core, $2" same_as "$work/qemu.ranges" "$work/core" --satp "$satp"
}

if skip_unless 'page tables of x86-64' qemu-system-x86_64; then
    for levels in 3 4 5; do
        compare_wide "$levels"
    done
fi
if skip_unless 'page tables of RISC-V' qemu-system-riscv64 riscv64-linux-gnu-as; then
    compare_riscv 3 sv39
    compare_riscv 4 sv48
    compare_riscv 5 sv57
fi
