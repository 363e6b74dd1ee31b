#!/bin/sh
# Deletes each invalidation of src/mm in turn, then makes it too late, and sees that a test notices. Called by
# `make test-mutants`, which says in the environment what is built with what; the arguments are the objects of the test
# programs that watch, those that are likely to notice first.
#
# A site is a call of machine_invlpg(), machine_load_cr3() or machine_flush_tlb(), found by grep. Only its
# file is compiled again, without it, and linked before the library. A call that is too late is done when the machine
# has been told of the next frames that are given back: what they held is then invalidated after the free. Two lines a
# site, then the sums; 1 when a mutant is noticed by no test.
set -u

: "${CC:?}" "${CFLAGS:?}" "${LDFLAGS?}" "${LIBS?}" "${O:?}" "${SUPPORT:?}" "${LIBRARY:?}"
LIMIT=${LIMIT:-60} # seconds for a test program: one that hangs has noticed
work=$O/mutants
mkdir -p "$work"

# "FILE:LINE NTH CALL" for each site: the nth such call of its line. Comments are none.
sites() {
    awk '
        FNR == 1 { in_comment = 0 }
        {
            line = $0
            while (match(line, /\/\*|\*\/|\/\/|machine_(invlpg|load_cr3|flush_tlb)\(/)) {
                found = substr(line, RSTART, RLENGTH)
                line = substr(line, RSTART + RLENGTH)
                if (in_comment)
                    in_comment = found != "*/"
                else if (found == "/*")
                    in_comment = 1
                else if (found == "//")
                    line = ""
                else if (found != "*/")
                    print FILENAME ":" FNR, ++nth[FNR FILENAME found], substr(found, 1, RLENGTH - 1)
            }
        }' src/mm/*.c
}

# What is late, and when it is done.
late() {
    # shellcheck disable=SC2086  # a list of words
    $CC $CFLAGS -w -x c -c -o "$work/late.o" - <<'END'
#include <mm/machine.h>
int mutant_is_due;
void __real_machine_cpu_frames_freed(pfn_t first, uint32_t frames);
void __wrap_machine_cpu_frames_freed(pfn_t first, uint32_t frames)
{
    __real_machine_cpu_frames_freed(first, frames);
    if (mutant_is_due)
        machine_flush_tlb();
    mutant_is_due = 0;
}
END
}

# mutate HOW FILE LINE NTH CALL: the object of the file without the call, or with a late one. The names of files and
# lines stay.
mutate() {
    # shellcheck disable=SC2086  # a list of words
    {
        if [ "$1" = late ]; then
            echo "extern int mutant_is_due;"
            echo "#define mutant(...) ((void)(mutant_is_due = 1))"
        else
            echo "#define mutant(...) ((void)0)"
        fi
        echo "#line 1 \"$2\""
        sed "$3s/$5(/mutant(/$4" "$2"
    } | $CC $CFLAGS -w -iquote "$(dirname "$2")" -x c -c -o "$work/mutant.o" -
}

# passes TEST [OBJECT]: the program, linked with the object before the library's own. Ends the script when it
# cannot be linked.
passes() {
    # shellcheck disable=SC2086  # lists of words
    $CC $LDFLAGS -Wl,--wrap=machine_cpu_frames_freed -o "$work/test" "$1" $SUPPORT ${2:+"$2"} "$work/late.o" \
        "$LIBRARY" $LIBS -lcmocka || exit 2
    timeout "$LIMIT" "$work/test" >"$work/test.log" 2>&1
}

# caught_by TEST...: the first whose program does not pass with the mutant.
caught_by() {
    for test in "$@"; do
        if ! passes "$test" "$work/mutant.o"; then
            test=${test#"$O"/}
            echo "${test%.o}"
            return 0
        fi
    done
    return 1
}

late || exit 2
if ! passes "$1"; then
    cat "$work/test.log" >&2
    echo "tests/mutants.sh: $1 fails with nothing deleted" >&2
    exit 2
fi
caught=0
missed=0
sites >"$work/sites"
while read -r place nth call; do
    for how in deleted late; do
        mutate "$how" "${place%:*}" "${place##*:}" "$nth" "$call" || exit 2
        if test=$(caught_by "$@"); then
            echo "$place $call: $how: caught by $test"
            caught=$((caught + 1))
        elif [ $? -eq 1 ]; then
            echo "$place $call: NO TEST notices that it is $how"
            missed=$((missed + 1))
        else
            exit 2
        fi
    done
done <"$work/sites"
if [ ! -s "$work/sites" ]; then
    echo "tests/mutants.sh: no invalidation found in src/mm" >&2
    exit 2
fi
echo "$caught passed, $missed failed"
[ "$missed" -eq 0 ]
