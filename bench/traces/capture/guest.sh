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
. /settings

# What processes do with their memory. The probes show what execve maps.
trace_processes() {
    for event in exceptions/page_fault_user exceptions/page_fault_kernel task/task_newtask \
        sched/sched_process_fork sched/sched_process_exec sched/sched_process_exit; do
        echo 1 >"events/$event/enable"
    done
    for call in mmap_pgoff munmap brk mprotect mremap madvise clone clone3 fork vfork execve execveat exit_group; do
        echo 1 >"events/syscalls/sys_enter_$call/enable"
        echo 1 >"events/syscalls/sys_exit_$call/enable"
    done
    for probe in 'p:map_region mmap_region file=$arg1:x32 addr=$arg2:x32 len=$arg3:x32 flags=$arg4:x32' \
        'p:map_bss vm_brk_flags addr=$arg1:x32 len=$arg2:x32' \
        'p:map_stack expand_stack_locked low=$arg2:x32 end=+4($arg1):x32'; do
        echo "$probe" >>kprobe_events
    done
}

record_ftrace() {
    cd /sys/kernel/tracing || return
    echo 0 >tracing_on
    echo 0 >options/hash-ptr  # real addresses show which pages hold an object
    echo 0 >options/overwrite # when the buffer is full, keep the start
    echo "$BUFFER_KB" >buffer_size_kb
    { # the pages that become slabs; without these probes, import finds most of them by their first object
        echo 'p:slab_new allocate_slab'
        echo 'r:slab_new_ret allocate_slab slab=$retval:x32'
        echo 'p:slab_free __free_slab slab=$arg2'
    } >kprobe_events
    for event in kmalloc kfree kmem_cache_alloc kmem_cache_free mm_page_alloc mm_page_free rss_stat; do
        echo 1 >"events/kmem/$event/enable"
    done
    trace_processes
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

for recorder in $RECORDERS; do
    "record_$(echo "$recorder" | tr - _)"
done
[ -x /after ] && . /after
{
    uname -a
    perf --version
    trace-cmd --version | head -n 2
} >versions.txt
tar cz . >/dev/ttyS1
echo 'CAPTURE DONE'
poweroff -f
