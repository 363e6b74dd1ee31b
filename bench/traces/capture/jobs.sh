#!/bin/sh
# shellcheck disable=SC1091,SC2034,SC2003  # figures.sh is in the guest, and reads moment; expr is a process more
# A workload for capture.sh: a shell that forks much. Pipes, command substitution, background jobs, subshells that
# change what they inherit, and a shell that holds a megabyte while it forks.
#
#     RECORDERS=ftrace PACKAGES='dash coreutils' RAM=1G LIMIT=900 BUFFER_KB=131072 \
#         bench/traces/capture/capture.sh DIRECTORY bench/traces/capture/jobs.sh

export PATH=/usr/bin:/bin
mkdir -p /tmp/jobs
cd /tmp/jobs || exit 1

pipes() {
    for number in 1 2 3 4 5 6; do
        seq 1 300 | sort -r | head -n 50 | tr 0-9 a-j | wc -c
        total=$(expr "$(seq 1 20 | wc -l)" + $number)
        (
            total=$((total * 2))
            echo $total >"total.$number"
        )
        cat total.* | sort -n | uniq -c | tail -n 1
        rm -f total.*
    done
}

# Each job is a copy of this shell that lives on while the others run.
jobs() {
    for number in 1 2 3 4 5 6 7 8; do
        (
            lines=$(seq 1 $((number * 100)))
            sleep 0.$number
            echo "$lines" | tail -n 1
        ) &
    done
    sleep 0.5
    moment=asleep
    . /bin/figures.sh
    wait
}

moment=start
. /bin/figures.sh
pipes
moment=piped
. /bin/figures.sh
jobs
held=$(seq 1 150000) # a megabyte, which all later forks share
moment=held
. /bin/figures.sh
jobs
pipes
held=
moment=end
. /bin/figures.sh
