#!/bin/busybox sh
# shellcheck shell=dash disable=SC2012
# The default workload: processes, a pipe, files.
ls -l /proc /bin | sort | head -n 3 >/tmp/list
cp /bin/busybox /tmp/copy
rm -f /tmp/list /tmp/copy
