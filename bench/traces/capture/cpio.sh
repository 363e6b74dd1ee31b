# Writes the archive that Linux unpacks at boot (Linux's early-userspace/buffer-format.rst), without cpio.
# shellcheck shell=sh

# pad BYTES: writes zeros from this offset up to the next multiple of 4.
pad() {
    head -c $(((4 - $1 % 4) % 4)) /dev/zero
}

# member NAME MODE FILE: writes a file. With /dev/null and the mode of a directory, writes a directory.
member() {
    bytes=$(wc -c <"$3")
    printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
        1 "0$2" 0 0 1 0 "$bytes" 0 0 0 0 $((${#1} + 1)) 0
    printf '%s\0' "$1"
    pad $((110 + ${#1} + 1))
    cat "$3"
    pad "$bytes"
}

# member_tree DIRECTORY: writes the content of the directory, and the end of the archive.
member_tree() {
    (cd "$1" && find . -mindepth 1 | sort) | while read -r path; do
        if [ -d "$1/$path" ]; then
            member "${path#./}" 40755 /dev/null
        else
            member "${path#./}" 100755 "$1/$path"
        fi
    done
    member 'TRAILER!!!' 0 /dev/null
}
