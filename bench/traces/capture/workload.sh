#!/bin/busybox sh
# shellcheck shell=dash disable=SC2012
# The default workload: processes, a pipe, files, a process that takes a megabyte.
ls -l /proc /bin | sort | head -n 3 >/tmp/list
cp /bin/busybox /tmp/copy
seq 1 20000 | sort -r >/tmp/sorted
rm -f /tmp/list /tmp/copy /tmp/sorted
