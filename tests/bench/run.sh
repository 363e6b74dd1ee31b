#!/bin/sh
# Checks the command line of the benchmark program: heaps that it loads, files of the malloc lab, and every error. Called
# by `make test-bench`, which passes CC, BENCH and BUILD in the environment. No time is checked.
set -u

: "${CC:?}" "${BENCH:?}" "${BUILD:?}"
here=tests/bench
work=$BUILD/bench-test
passed=0
failed=0
rm -rf "$work"
mkdir -p "$work"

# plug NAME SOURCE OPTION...: builds a shared object.
plug() {
    name=$1
    source=$2
    shift 2
    "$CC" -std=c11 -Wall -Wextra -Werror -O1 -shared -fPIC "$@" -o "$work/$name.so" "$here/$source.c" || exit 1
}

# check FACT COMMAND...: the command succeeds.
check() {
    fact=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $fact"
        sed 's/^/    /' "$work/out" "$work/err"
    fi
}

# bench WORD...: runs the program; its status is in $status.
bench() {
    "$BENCH" "$@" >"$work/out" 2>"$work/err"
    status=$?
}

# row NAME PATTERN: does every row of this name in the tables match the pattern?
row() {
    grep -q "^$1 " "$work/out" && ! grep "^$1 " "$work/out" | grep -vqE "^$1 +$2\$"
}

# refuses STATUS MESSAGE WORD...: the program must end with the status, print a first line that has the message, and
# measure nothing.
refuses() {
    expected=$1
    message=$2
    shift 2
    bench "$@"
    check "$* is refused: $message" refused "$expected" "$message"
}

refused() {
    [ "$status" -eq "$1" ] && [ ! -s "$work/out" ] && head -n 1 "$work/err" | grep -qF -- "$2"
}

# A file of the malloc lab in which at most 896 bytes are live. A heap that never reuses anything needs 2,176 for it.
printf '20000\n3\n8\n1\na 0 512\na 1 128\nr 0 768\nf 1\na 2 128\nf 0\na 0 640\nf 0\n' >"$work/good.rep"
printf '20000\n1\n3\n1\na 0 512\nx 0\nf 0\n' >"$work/bad.rep"

plug region plug_region
plug region_without_free plug_region -DNO_FREE
plug region_too_small plug_region -DROOM=4096
plug region_broken plug_region -DBROKEN
plug malloc plug_malloc
plug malloc_without_malloc plug_malloc -DNO_MALLOC
plug malloc_without_realloc plug_malloc -DNO_REALLOC

# ---- heaps that are loaded become rows ----
bench --heap mine="$work/region.so" --heap libc="$work/malloc.so" --only rep "$work/good.rep"
check "the tables of rep are printed" [ $status -eq 0 ]
figure='[0-9.]+'
check "a heap over one region is a row: 896 of 2,176 bytes are 41.2 %" grep -qE "^mine +41\.2 +41\.2\$" "$work/out"
check "malloc() of a shared object is a row" row libc "($figure|$figure-$figure) +($figure|$figure-$figure)"
check "heap.h needs a page and its own state" grep -qE "^heap\.h +10\.9 +10\.9\$" "$work/out"
check "each column is a file, and the last one is their mean" grep -qE "^ +good +mean\$" "$work/out"

# ---- errors of --heap ----
refuses 1 "bench: --heap mine=$work/missing.so: $work/missing.so: cannot open" --heap "mine=$work/missing.so" --only rep x
refuses 1 "mine=$work/good.rep: $work/good.rep: " --heap "mine=$work/good.rep" --only rep x
refuses 1 "does not define heap_plug_free" --heap "mine=$work/region_without_free.so"
refuses 1 "neither heap_plug_init (bench/heap_plug.h) nor malloc" --heap "mine=$work/malloc_without_malloc.so"
refuses 1 "mine=$work/malloc_without_realloc.so: the library does not define realloc" \
    --heap "mine=$work/malloc_without_realloc.so"
refuses 1 "heap_plug_init() failed with a region of 512 MiB" --heap "mine=$work/region_too_small.so"
refuses 1 "there is already a row brk" --heap "brk=$work/region.so"
refuses 1 "there is already a row mine" --heap "mine=$work/region.so" --heap "mine=$work/malloc.so"
refuses 1 "expected NAME=LIB.so" --heap mine
refuses 1 "expected NAME=LIB.so" --heap "=$work/region.so"
refuses 1 "expected NAME=LIB.so" --heap mine=
refuses 2 "expected NAME=LIB.so after --heap" --heap

# A heap that is wrong ends its own measurement, and not the others.
bench --heap mine="$work/region_broken.so" --only rep "$work/good.rep"
check "a heap that destroys a block is reported" grep -qF "a heap has changed the contents of a block" "$work/err"
check "and has no figure" grep -qE "^mine +- +-\$" "$work/out"
check "the others have theirs" grep -qE "^heap\.h +10\.9 +10\.9\$" "$work/out"

# ---- errors of the other words ----
refuses 1 "$work/bad.rep:6: unknown operation 'x'" --only rep "$work/bad.rep"
refuses 1 "$work/missing.rep" --only rep "$work/missing.rep"
refuses 2 "expected files of the malloc lab" --only rep
refuses 2 "this table takes no files: heap" --only heap "$work/good.rep"
refuses 2 "there is no table heaps" --only heaps
refuses 2 "expected TABLE after --only" --only
refuses 2 "unknown option --onyl" --onyl heap

echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && rm -rf "$work"
