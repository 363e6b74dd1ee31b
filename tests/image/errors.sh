# The image reports panics, exceptions, damaged traces and bad arguments, and QEMU's status shows the failure.
# shellcheck shell=sh disable=SC2154  # run.sh sets the variables

# fails_with PATTERN RAM [WORDS [TRACE]]: the image fails, and a line of its output matches the pattern.
fails_with() {
    log=$work/errors.log
    pattern=$1
    shift
    boot_fails "$log" "$image" "$@" && has "$log" "$pattern"
}

bytes=$(wc -c <"$small")
head -c $((bytes - 9)) "$small" >"$work/short.mmb"
head -c 40 "$small" >"$work/header.mmb"
{
    head -c 100 "$small"
    printf '\377'
    tail -c +102 "$small"
} >"$work/flipped.mmb"

check "a panic ends the image" fails_with '^panic: [a-z_]+: .*: 0x[0-9a-f]{8}$' 64M selftest=panic
check "a null dereference is named" fails_with \
    '^exception: vector 14 at eip 0x[0-9a-f]{8}, error code 0x00000002, CR2 0x00000008: supervisor write, not present: null dereference$' \
    64M selftest=null
for file in short header flipped; do
    check "a damaged trace is refused: $file" \
        fails_with "^error: .*$file.mmb: offset [0-9]+: ." 64M '' "$work/$file.mmb"
done
check "an unknown strategy is refused" fails_with '^error: strategy=none: ' 64M strategy=none
check "an unknown trace is refused" fails_with '^error: other.mmb: ' 64M trace=other.mmb "$small"
check "an unknown self-test is refused" fails_with '^error: selftest=all: ' 64M selftest=all
