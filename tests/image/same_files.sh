# Host and image compile the same lines of the same files.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

is_shared='^(src/(mm|replay)|include/mm)/'

# shared_files OBJECTS: the files of the shared folders in the dependency files of these objects, with their sources.
shared_files() {
    for source in $CORE_SRC; do
        grep -oE '[^ ]+' "$1/${source%.c}.d" | grep -E "$is_shared" | grep -v ':$' | sort -u |
            sed "s|^|$source reads |"
    done
}

# compiled_lines FLAGS: the numbers of the lines of the shared files that the preprocessor leaves. It does not compare
# their text, which differs where a line uses a macro of <stdint.h>.
compiled_lines() {
    for source in $CORE_SRC; do
        # shellcheck disable=SC2086  # flags are words
        $CC $1 -E "$source" | awk -v shared="$is_shared" -v source="$source" '
            /^# [0-9]+ "/ { split($0, part, "\""); file = part[2]; line = $2; next }
            file ~ shared && NF { print source " compiles " file ":" line }
            { line++ }'
    done | sort -u
}

# conditions_on_platform: prints the preprocessor conditions of the shared files, except the guards of headers, the
# default level of hardening, and the question whether the language is C++.
conditions_on_platform() {
    grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)' \
        src/mm/*.[ch] src/replay/*.[ch] include/mm/*.h | grep -vE ':#(ifndef ([A-Z0-9_]+_H|MM_HARDENING)|ifdef __cplusplus)$'
}

# no_conditions: the shared files have no such condition.
no_conditions() {
    ! conditions_on_platform
}

# all_core_is_read: the image compiles every source of src/mm and src/replay.
all_core_is_read() {
    for source in src/mm/*.c src/replay/*.c; do
        grep -qx "$source reads $source" "$work/image.files" || return 1
    done
}

# same FILE FILE: the files are equal. If they are not, prints the difference.
same() {
    cmp -s "$1" "$2" && return 0
    diff "$1" "$2" | head -n 10
    return 1
}

shared_files "$HOST_O" >"$work/host.files"
shared_files "$IMAGE_O" >"$work/image.files"
check "each file of src/mm and src/replay is in the image" all_core_is_read
check "host and image read the same files" same "$work/host.files" "$work/image.files"

compiled_lines "$HOST_CFLAGS" >"$work/host.lines"
compiled_lines "$IMAGE_CFLAGS" >"$work/image.lines"
check "host compiles lines of the shared files" [ -s "$work/host.lines" ]
check "host and image compile the same lines" same "$work/host.lines" "$work/image.lines"
check "no condition on the platform in the shared files" no_conditions
