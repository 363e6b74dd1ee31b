# One line a check, and the sums of them.
# shellcheck shell=sh

passed=0
failed=0

# check NAME COMMAND...: the command succeeds.
check() {
    check_name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "ok      $check_name"
    else
        failed=$((failed + 1))
        echo "FAILED  $check_name"
    fi
}

# has FILE PATTERN: a line that matches the extended regular expression; the file is shown otherwise.
has() {
    grep -Eq -- "$2" "$1" && return 0
    echo "no line like '$2' in:"
    cut -c1-160 "$1"
    return 1
}

# checks_end: the sums; fails when a check did.
checks_end() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
