# Every misuse of tests/misuse, under every strategy, ends in the panic that the table names, and on the host in
# the same.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

# misuse_lines: where the boot directory lies, and where a null pointer leads, is each machine's own.
misuse_lines() {
    grep '^misuse ' "$1" | grep -vE ' [a-z_]*(_boot_directory|_null): '
}

misuses_agree() {
    tr -d '\r' <"$work/misuse.log" >"$work/misuse.map"
    "$HOST_O/tests/misuse/test_misuse" "$work/misuse.map" >"$work/misuse.all" || return 1
    misuse_lines "$work/misuse.all" >"$work/misuse.host"
    misuse_lines "$work/misuse.map" >"$work/misuse.image"
    diff "$work/misuse.host" "$work/misuse.image" | head -n 10
    cmp -s "$work/misuse.host" "$work/misuse.image"
}

check "misuses: each ends in the panic that is named" boot "$work/misuse.log" "$BUILD/mmsim-misuse.elf" 64M
check "misuses: the host says the same" misuses_agree
