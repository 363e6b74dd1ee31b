# Functions that run checks: each check prints a line, and the sums follow in the end.
# shellcheck shell=sh

passed=0
failed=0

# check NAME COMMAND...: the check passes if the command succeeds.
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

# has FILE PATTERN: a line of the file matches the extended regular expression. If none does, prints the file.
has() {
    grep -Eq -- "$2" "$1" && return 0
    echo "no line like '$2' in:"
    cut -c1-160 "$1"
    return 1
}

# checks_end: prints the sums. Fails if a check failed.
checks_end() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
