# Host and image are compiled from the very same files, which look the same to both compilations.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

is_shared='^(src/(mm|replay)|include/mm)/'

# shared_files OBJECTS: what their dependency files name of the shared folders, each with its object.
shared_files() {
    for source in $CORE_SRC; do
        grep -oE '[^ ]+' "$1/${source%.c}.d" | grep -E "$is_shared" | grep -v ':$' | sort -u |
            sed "s|^|$source reads |"
    done
}

# compiled_lines FLAGS: the lines of the shared files that are left when conditions are decided, by their
# numbers: the text differs, where a macro of the two worlds' <stdint.h> stands.
compiled_lines() {
    for source in $CORE_SRC; do
        # shellcheck disable=SC2086  # flags are words
        $CC $1 -E "$source" | awk -v shared="$is_shared" -v source="$source" '
            /^# [0-9]+ "/ { split($0, part, "\""); file = part[2]; line = $2; next }
            file ~ shared && NF { print source " compiles " file ":" line }
            { line++ }'
    done | sort -u
}

# Guards of headers are none, nor is the default of the level of hardening.
conditions_on_platform() {
    grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)' \
        src/mm/*.[ch] src/replay/*.[ch] include/mm/*.h | grep -vE ':#ifndef ([A-Z0-9_]+_H|MM_HARDENING)$'
}

no_conditions() {
    ! conditions_on_platform
}

all_core_is_read() {
    for source in src/mm/*.c src/replay/*.c; do
        grep -qx "$source reads $source" "$work/image.files" || return 1
    done
}

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
check "there are such lines" [ -s "$work/host.lines" ]
check "host and image compile the same lines" same "$work/host.lines" "$work/image.lines"
check "no condition on the platform in the shared files" no_conditions
