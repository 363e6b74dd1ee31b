#!/bin/busybox sh
# shellcheck shell=dash disable=SC2016,SC1091  # the kernel expands the variables; the user writes /after
# The first process of the guest that capture.sh boots. It records /workload with ftrace, perf and trace-cmd, one after
# the other, and sends the logs through the second serial line. The commands are those of `mmsim import --help`, with
# buffers that fit the guest.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ LC_ALL=C
mkdir -p /proc /sys /dev /tmp
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tracefs tracefs /sys/kernel/tracing
exec </dev/ttyS0 >/dev/ttyS0 2>&1
stty raw -F /dev/ttyS1
mkdir /tmp/logs
cd /tmp/logs || poweroff -f

record_ftrace() {
    cd /sys/kernel/tracing || return
    echo 0 >tracing_on
    echo 0 >options/hash-ptr  # real addresses show which pages hold an object
    echo 0 >options/overwrite # when the buffer is full, keep the start
    echo 32768 >buffer_size_kb
    { # the pages that become slabs; without these probes, import finds most of them by their first object
        echo 'p:slab_new allocate_slab'
        echo 'r:slab_new_ret allocate_slab slab=$retval:x32'
        echo 'p:slab_free __free_slab slab=$arg2'
    } >kprobe_events
    for event in kmalloc kfree kmem_cache_alloc kmem_cache_free mm_page_alloc mm_page_free; do
        echo 1 >"events/kmem/$event/enable"
    done
    [ -d events/kprobes ] && echo 1 >events/kprobes/enable
    echo 1 >tracing_on
    echo 'WORKLOAD START' >trace_marker
    /workload
    echo 'WORKLOAD END' >trace_marker
    echo 0 >tracing_on
    cat trace >/tmp/logs/ftrace.txt
    cat per_cpu/cpu*/stats >/tmp/logs/ftrace.stats
    echo 0 >events/enable
    echo 1 >buffer_size_kb
    echo 1 >tracing_on # perf and trace-cmd do not turn it on themselves
    cd /tmp/logs || return
}

record_perf() {
    perf record -e 'kmem:*' -a -m 16M -o /tmp/perf.data -- /workload
    perf script -i /tmp/perf.data --show-lost-events >perf.txt
}

record_trace_cmd() {
    trace-cmd record -e kmem -b 32768 -o /tmp/trace.dat /workload
    trace-cmd report -i /tmp/trace.dat >trace-cmd.txt
}

record_ftrace
record_perf
record_trace_cmd
[ -x /after ] && . /after
{
    uname -a
    perf --version
    trace-cmd --version | head -n 2
} >versions.txt
tar cz . >/dev/ttyS1
echo 'CAPTURE DONE'
poweroff -f
