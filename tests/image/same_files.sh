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

# preprocessed FLAGS: the lines of the shared files that are left when conditions are decided. Macros stay
# as they are written, for the two worlds' <stdint.h> differ.
preprocessed() {
    for source in $CORE_SRC; do
        # shellcheck disable=SC2086  # flags are words
        $CC $1 -E -fdirectives-only "$source" |
            awk -v shared="$is_shared" -v source="$source" '
                /^# [0-9]+ "/ { split($0, part, "\""); keep = part[2] ~ shared; file = part[2]; next }
                keep && NF { print source, file ": " $0 }'
    done
}

conditions_on_platform() {
    grep -nE '^[[:space:]]*#[[:space:]]*(if|ifdef|ifndef|elif)' \
        src/mm/*.[ch] src/replay/*.[ch] include/mm/*.h | grep -vE ':#ifndef [A-Z0-9_]+_H$'
}

no_conditions() {
    ! conditions_on_platform
}

all_core_is_read() {
    for source in src/mm/*.c src/replay/*.c; do
        grep -qx "$source reads $source" "$work/image.files" || return 1
    done
}

shared_files "$HOST_O" >"$work/host.files"
shared_files "$IMAGE_O" >"$work/image.files"
check "each file of src/mm and src/replay is in the image" all_core_is_read
check "host and image read the same files" cmp -s "$work/host.files" "$work/image.files"

preprocessed "$HOST_CFLAGS" >"$work/host.text"
preprocessed "$IMAGE_CFLAGS" >"$work/image.text"
check "their text is not empty" [ -s "$work/host.text" ]
check "host and image compile the same lines" cmp -s "$work/host.text" "$work/image.text"
check "no condition on the platform in the shared files" no_conditions
