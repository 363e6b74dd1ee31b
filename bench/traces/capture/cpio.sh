# Writes the archive that Linux unpacks at boot (Linux's early-userspace/buffer-format.rst), without cpio.
# shellcheck shell=sh

# pad BYTES: writes zeros from this offset up to the next multiple of 4.
pad() {
    case $(($1 % 4)) in
    1) printf '\0\0\0' ;;
    2) printf '\0\0' ;;
    3) printf '\0' ;;
    esac
}

# member NAME MODE FILE: writes a file. With /dev/null and the mode of a directory, writes a directory; with the mode of
# a symbolic link, the file holds its target.
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
        if [ -h "$1/$path" ]; then
            readlink -n "$1/$path" >"$1.target"
            member "${path#./}" 120777 "$1.target"
        elif [ -d "$1/$path" ]; then
            member "${path#./}" 40755 /dev/null
        else
            member "${path#./}" 100755 "$1/$path"
        fi
    done
    member 'TRAILER!!!' 0 /dev/null
}
