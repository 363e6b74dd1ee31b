#!/bin/sh
# Checks that the files of a room (a folder of the sources) include only files of the same room and of the rooms below
# it. Called by tests/scripts.sh.
#
# First the check itself is tested on a small tree: each line of `planted` is a file with one wrong include.
set -eu

# Each line is a room, and the rooms that its files may include. For a file, the first line counts whose room its path
# begins with.
rooms='src/mm       include/mm
src/replay   include/mm
src/i386     include/mm src/mm src/replay
sim/machine  include src/mm src/replay
sim/trace    include src/mm src/replay sim/machine
sim/kernel   include src/mm src/replay sim/machine sim/trace
sim/lab      include src/mm src/replay sim/machine sim/trace sim/kernel
sim/report   include src/mm src/replay sim/machine sim/trace sim/kernel sim/lab
sim/command  include src/mm src/replay sim/machine sim/trace sim/kernel sim/lab sim/report
sim          include src/mm src/replay sim
include      include'

# The folders where an include is looked for, besides the folder of the file. asm/ is in none of them, because each
# machine has its own.
folders='include src sim sim/kernel'

planted='src/mm/a.c replay/replay.h
src/mm/b.c machine/machine.h
src/replay/a.c lab/lab.h
src/replay/b.c mm/private.h
sim/machine/a.c trace/trace.h
sim/trace/a.c kernel/kernel.h
sim/kernel/a.c lab/lab.h
sim/kernel/runner/a.c report/report.h
sim/lab/a.c report/report.h
sim/report/a.c command/command.h
sim/command/a.c i386/i386.h
include/mm/a.h machine/machine.h'

# wrong_includes: prints a line for each wrong include in the current folder. Fails if there are any.
wrong_includes()
{
    find include src sim -name '*.[chS]' | sort >"$work/files"
    # shellcheck disable=SC2046  # file names are words
    grep -nE '^ *# *include *["<]' $(cat "$work/files") /dev/null |
    awk -v rooms="$rooms" -v folders="$folders" -v files="$work/files" '
        function folder(path) { return substr(path, 1, match(path, "/[^/]*$") - 1) }
        function is_below(path, room) { return index(path, room "/") == 1 }
        function resolve(from, name,    i) {
            if ((folder(from) "/" name) in known) return folder(from) "/" name
            for (i = 1; i <= folder_count; i++)
                if ((place[i] "/" name) in known) return place[i] "/" name
            return ""
        }
        BEGIN {
            while ((getline line < files) > 0) known[line] = 1
            folder_count = split(folders, place, " ")
            room_count = split(rooms, room_line, "\n")
        }
        {
            from = $0; sub(/:.*/, "", from)
            where = $0; sub(/: *#.*/, "", where)
            name = $0; sub(/^[^"<]*["<]/, "", name); sub(/[">].*/, "", name)
            to = resolve(from, name)
            if (to == "") next
            for (i = 1; i <= room_count; i++) {
                fields = split(room_line[i], allowed, " ")
                if (!is_below(from, allowed[1])) continue
                for (j = 1; j <= fields; j++)
                    if (is_below(to, allowed[j])) next
                print where ": " allowed[1] " may not include " to
                wrong = 1
                next
            }
        }
        END { exit wrong }'
}

# finds_planted: the check finds each planted include, and no other.
finds_planted()
{
    mkdir -p "$work/tree"
    cd "$work/tree"
    for header in include/mm/mm.h src/mm/private.h src/replay/replay.h src/i386/i386.h sim/machine/machine.h \
        sim/trace/trace.h sim/kernel/kernel.h sim/lab/lab.h sim/report/report.h sim/command/command.h; do
        mkdir -p "${header%/*}"
        : >"$header"
    done
    echo "$planted" | while read -r file include; do
        mkdir -p "${file%/*}"
        printf '#include <mm/mm.h>\n#include "%s"\n' "$include" >"$file"
    done
    found=$(wrong_includes) && return 1
    [ "$(echo "$planted" | cut -d' ' -f1 | sort)" = "$(echo "$found" | cut -d: -f1 | sort)" ]
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! (finds_planted); then
    echo "FAILED: tests/includes.sh does not find the wrong includes that it plants"
    exit 1
fi
if ! wrong_includes; then
    echo "FAILED: a room may include only itself and the rooms below it; tests/includes.sh has their order"
    exit 1
fi
