#!/bin/sh
# Makes mutants of src/mm, and checks that a test fails with each of them. In one mutant a TLB invalidation is deleted,
# in another it happens too late. Called by `make test-mutants`, which passes compilers and options in the environment.
# The arguments are the objects of the test programs to run, starting with those that find most mutants.
#
# A site is a call of machine_invlpg(), machine_invlpg_pages(), machine_load_cr3() or machine_flush_tlb() in the source.
# Its file is compiled again without the call, and linked before the library. A late call happens after the next frames
# are freed. Prints two lines for each site, then the sums. Ends with 1 if no test fails with some mutant.
set -u

: "${CC:?}" "${CFLAGS:?}" "${LDFLAGS?}" "${LIBS?}" "${O:?}" "${SUPPORT:?}" "${LIBRARY:?}"
LIMIT=${LIMIT:-60} # seconds; a test program that takes longer hangs, which counts as a failure
work=$O/mutants
mkdir -p "$work"

# sites: prints "FILE:LINE NTH CALL" for each site, which is the NTH such call in its line. Calls in comments do not
# count.
sites() {
    awk '
        FNR == 1 { in_comment = 0 }
        {
            line = $0
            while (match(line, /\/\*|\*\/|\/\/|machine_(invlpg(_pages)?|load_cr3|flush_tlb)\(/)) {
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

# compile_late_call: compiles a wrapper of machine_cpu_frames_freed() that makes the late call.
compile_late_call() {
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

# mutate HOW FILE LINE NTH CALL: compiles the file with the call deleted or late (HOW). Messages keep the names of files
# and the numbers of lines.
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

# passes TEST [OBJECT]: the test program passes if it is linked with the object instead of the library's own. Ends the
# script if it cannot be linked.
passes() {
    # shellcheck disable=SC2086  # lists of words
    $CC $LDFLAGS -Wl,--wrap=machine_cpu_frames_freed -o "$work/test" "$1" $SUPPORT ${2:+"$2"} "$work/late.o" \
        "$LIBRARY" $LIBS -lcmocka || exit 2
    timeout "$LIMIT" "$work/test" >"$work/test.log" 2>&1
}

# caught_by TEST...: prints the first test program that fails with the mutant. Fails if all pass.
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

compile_late_call || exit 2
if ! passes "$1"; then
    cat "$work/test.log" >&2
    echo "tests/mutants.sh: $1 fails without a mutant" >&2
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
            echo "$place $call: NO TEST fails when it is $how"
            missed=$((missed + 1))
        else
            exit 2
        fi
    done
done <"$work/sites"
if [ ! -s "$work/sites" ]; then
    echo "tests/mutants.sh: found no invalidation in src/mm" >&2
    exit 2
fi
echo "$caught passed, $missed failed"
[ "$missed" -eq 0 ]
