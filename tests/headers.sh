#!/bin/sh
# Compiles each public header by itself: as C with -Wc++-compat, and as C++ with g++ and clang++, if they are installed.
# Called by tests/scripts.sh. A C++ file includes the headers of include/mm within `extern "C"`.
set -u

flags="-Wall -Wextra -Werror -fsyntax-only -Iinclude -Isim -Isim/machine/include -"
compilers=
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null && compilers="$compilers $compiler"
done
[ -n "$compilers" ] || echo "headers: not compiled as C++, because neither g++ nor clang++ is installed (Debian: g++)"

failed=0
for header in include/mm/*.h include/mmsim/*.h; do
    text="#include <${header#include/}>"
    # shellcheck disable=SC2086 # flags and compilers are lists of words
    echo "$text" | "${CC:-gcc}" -x c -std=c11 -Wc++-compat $flags || failed=$((failed + 1))
    case $header in
    include/mm/*) text="extern \"C\" {
$text
}" ;;
    esac
    for compiler in $compilers; do
        # shellcheck disable=SC2086
        echo "$text" | "$compiler" -x c++ -std=c++11 $flags || failed=$((failed + 1))
    done
done
[ "$failed" -eq 0 ] || echo "FAILED: $failed compilations of public headers"
[ "$failed" -eq 0 ]
