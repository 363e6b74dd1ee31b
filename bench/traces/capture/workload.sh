#!/bin/busybox sh
# shellcheck shell=dash disable=SC2012
# What is recorded when no other workload is named: processes, a pipe, files.
ls -l /proc /bin | sort | head -n 3 >/tmp/list
cp /bin/busybox /tmp/copy
rm -f /tmp/list /tmp/copy
