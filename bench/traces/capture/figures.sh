#!/bin/sh
# shellcheck disable=SC2154  # the including script sets moment
# Writes into ftrace's log what the kernel says that processes hold, as markers, with builtins of the shell only, because
# a process for each figure would change the figures:
#
#     reading MOMENT                                    before the kernel adds up what each CPU has counted
#     held MOMENT anonymous KB tables KB                of all processes together
#     holds MOMENT pid PID anonymous KB resident KB     of each process
#
#     moment=NAME; . /bin/figures.sh

marker=/sys/kernel/tracing/trace_marker
echo "reading $moment" >$marker
echo 1 >/proc/sys/vm/stat_refresh
while read -r key value _; do
    case $key in
    AnonPages:) anonymous=$value ;;
    PageTables:) echo "held $moment anonymous $anonymous tables $value" >$marker ;;
    esac
done </proc/meminfo
for process in /proc/[0-9]*; do
    [ -r "$process/smaps_rollup" ] || continue
    while read -r key value _; do
        case $key in
        Rss:) resident=$value ;;
        Anonymous:) echo "holds $moment pid ${process#/proc/} anonymous $value resident $resident" >$marker ;;
        esac
    done <"$process/smaps_rollup"
done 2>/dev/null
