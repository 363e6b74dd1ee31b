# Under every strategy, every misuse of tests/misuse ends in the panic that its table names, in the image and on the
# host.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

# misuse_lines FILE: the lines of misuses, except those that depend on the machine: the place of the boot directory, and
# the use of a null pointer.
misuse_lines() {
    grep '^misuse ' "$1" | grep -vE ' [a-z_]*(_boot_directory|_null): '
}

# misuses_agree: host and image print the same, on the memory map of the image.
misuses_agree() {
    tr -d '\r' <"$work/misuse.log" >"$work/misuse.map"
    "$HOST_O/tests/misuse/test_misuse" "$work/misuse.map" >"$work/misuse.all" || return 1
    misuse_lines "$work/misuse.all" >"$work/misuse.host"
    misuse_lines "$work/misuse.map" >"$work/misuse.image"
    diff "$work/misuse.host" "$work/misuse.image" | head -n 10
    cmp -s "$work/misuse.host" "$work/misuse.image"
}

check "misuses: each ends in its panic" boot "$work/misuse.log" "$BUILD/mmsim-misuse.elf" 64M
check "misuses: the host prints the same" misuses_agree
