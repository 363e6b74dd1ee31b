#include "import.h"
#include "trace/convert.h"
#include "trace/file_kind.h"
#include "trace/nearest_name.h"
#include "trace/whole_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct importer importers[] = {
    {"ftrace", "a log of ftrace",
     "the kmem events of an x86 Linux kernel, from /sys/kernel/tracing/trace",
     "# as root; 131072 KiB of buffer a CPU hold some 4 million events\n"
     "cd /sys/kernel/tracing\n"
     "echo 0 > tracing_on; echo 131072 > buffer_size_kb; echo > trace\n"
     "echo 0 > options/hash-ptr; echo 0 > options/overwrite\n"
     "for e in kmalloc kfree kmem_cache_alloc kmem_cache_free \\\n"
     "         mm_page_alloc mm_page_free; do\n"
     "    echo 1 > events/kmem/$e/enable\n"
     "done\n"
     "# kernels before 6.1 have two more events\n"
     "[ ! -d events/kmem/kmalloc_node ] || echo 1 | tee events/kmem/k*_node/enable\n"
     "# what processes do with their memory\n"
     "for e in exceptions/page_fault_user exceptions/page_fault_kernel \\\n"
     "         task/task_newtask sched/sched_process_fork \\\n"
     "         sched/sched_process_exec sched/sched_process_exit; do\n"
     "    echo 1 > events/$e/enable\n"
     "done\n"
     "for c in mmap* munmap brk mprotect mremap madvise clone* *fork execve*; do\n"
     "    echo 1 | tee events/syscalls/sys_e*_$c/enable\n"
     "done\n"
     "# a workload may stand in place of sleep\n"
     "echo 1 > tracing_on; sleep 10; echo 0 > tracing_on\n"
     "cat trace > /tmp/ftrace.txt\n"
     "# lost events: all should be 0\n"
     "grep -h -E '^(overrun|dropped)' per_cpu/cpu*/stats\n",
     import_ftrace},
    {"perf", "a log of perf script",
     "the kmem events of an x86 Linux kernel, as perf script prints them",
     "# as root; -m is the buffer of each CPU\n"
     "perf record -e 'kmem:*' -a -m 64M -o /tmp/perf.data -- sleep 10\n"
     "perf script -i /tmp/perf.data --show-lost-events > /tmp/perf.txt\n",
     import_perf},
    {"trace-cmd", "a log of trace-cmd",
     "the kmem events of an x86 Linux kernel, as trace-cmd report prints them",
     "# as root; -b is the buffer of each CPU in KiB\n"
     "trace-cmd record -e kmem -b 65536 -o /tmp/trace.dat sleep 10\n"
     "trace-cmd report -i /tmp/trace.dat > /tmp/trace-cmd.txt\n",
     import_trace_cmd},
    {"mdriver", "a .rep file of the malloc lab",
     "a .rep file of the malloc lab; its header may have either order",
     "mmsim import mdriver short1-bal.rep -o /tmp/short1.mmb\n", import_mdriver},
    {"mtrace", "a log of glibc's mtrace", "the file of MALLOC_TRACE, which glibc's mtrace() writes",
     "echo '#include <mcheck.h>\n"
     "__attribute__((constructor)) static void begin(void) { mtrace(); }' |\n"
     "    gcc -shared -fPIC -x c - -o /tmp/mtrace.so\n"
     "LD_PRELOAD=libc_malloc_debug.so.0:/tmp/mtrace.so \\\n"
     "    MALLOC_TRACE=/tmp/mtrace.log ls\n"
     "mmsim import mtrace /tmp/mtrace.log -o /tmp/ls.mmb\n",
     import_mtrace},
    {"valgrind", "a log of Valgrind",
     "what Valgrind prints with --trace-malloc=yes; other lines are passed over",
     "valgrind --trace-malloc=yes ls |& mmsim import valgrind - -o /tmp/ls.mmb\n", import_valgrind},
    {"ltrace", "a log of ltrace", "the calls of malloc and its kin that ltrace prints",
     "ltrace -f -e 'malloc+calloc+realloc+free' -o /tmp/ltrace.txt ls\n", import_calls},
    {"uftrace", "what uftrace replay prints", "the calls of malloc and its kin, with their values",
     "uftrace record --auto-args ./program\n"
     "uftrace replay > /tmp/uftrace.txt\n",
     import_calls},
    {"bpftrace", "what malloc.bt prints",
     "the calls of malloc and its kin of any process, from a script of bpftrace",
     "# as root, in mmsim's repository, of a process that runs\n"
     "bpftrace bench/traces/capture/malloc.bt PID | sort -n > /tmp/malloc.txt\n",
     import_calls},
    {"utrace", "the utrace of FreeBSD's jemalloc", "the calls of malloc and its kin, by kdump",
     "# on FreeBSD\n"
     "MALLOC_CONF=utrace:true ktrace -tu ls\n"
     "kdump -tu > /tmp/utrace.txt\n",
     import_calls},
    {"gdb", "what gef or pwndbg prints of the heap",
     "the lines of gef's heap-analysis-helper, and of pwndbg's track-heap",
     "gdb -q ./program -ex 'set logging file /tmp/gdb.txt' \\\n"
     "    -ex 'set logging enabled on' -ex start -ex heap-analysis-helper -ex c\n",
     import_calls},
    {"heaptrack", "the data of heaptrack",
     "the data of heaptrack, which it has interpreted; packed by zstd or gzip",
     "heaptrack -o /tmp/heaptrack ls\n"
     "mmsim import heaptrack /tmp/heaptrack.zst -o /tmp/ls.mmb\n",
     import_heaptrack},
    {"esp-idf", "a log of ESP-IDF's heap",
     "the heap's events by sysviewtrace_proc.py, or the records of heap_trace_dump()",
     "# after apptrace has written them to the file\n"
     "$IDF_PATH/tools/esp_app_trace/sysviewtrace_proc.py -p heap.svdat app.elf \\\n"
     "    > /tmp/esp.txt\n",
     import_esp},
    {"oom", "a report of Linux about its memory",
     "a failed page allocation or the oom-killer's report, with Mem-Info; also /proc/buddyinfo and "
     "/proc/pagetypeinfo. The trace leaves memory so",
     "dmesg > /tmp/dmesg.txt\n"
     "mmsim import oom /tmp/dmesg.txt -o /tmp/state.mmb\n"
     "cat /proc/buddyinfo > /tmp/buddyinfo.txt\n",
     import_oom},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct importer *importer_find(const char *name)
{
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        if (strcmp(importer->name, name) == 0)
            return importer;
    }
    return NULL;
}

void import_count(struct import_counts *counts, const char *what, uint64_t count)
{
    if (count > 0)
        counts->list[counts->count++] = (struct import_count){what, count};
}

/* Returns the importer of a format. The format "auto" stands for the one that the first lines of
   the stream have. */
static const struct importer *choose_importer(const char *format, struct stream_in *in,
                                              struct sim_error *error)
{
    const struct file_wanted wanted = {.name = "a log that mmsim knows", .role = ROLE_LOG};
    const struct file_kind *kind;
    const uint8_t *head;
    size_t bytes;

    if (strcmp(format, IMPORT_AUTO) != 0)
        return importer_find(format);
    if (!stream_in_peek(in, &head, &bytes, error))
        return NULL;
    kind = file_kind_of(head, bytes);
    if (kind != NULL && kind->role == ROLE_LOG)
        return importer_find(kind->format);
    if ((kind == NULL || kind->role == ROLE_MEMMAP) && file_is_kernel_log(head, bytes))
        return importer_find("oom"); /* a report may come much later in such a log */
    sim_error_set(error,
                  "%s: the first lines are not those of a log that mmsim knows; "
                  "`mmsim import --help` lists them",
                  in->name);
    (void)file_kind_is_wrong(in, &wanted, error);
    return NULL;
}

static bool unknown_format(const char *format, struct sim_error *error)
{
    struct nearest_name nearest = nearest_name_begin(format, strlen(format));
    char known[256] = IMPORT_AUTO;

    nearest_name_offer(&nearest, IMPORT_AUTO);
    for (const struct importer *importer = importers; importer->name != NULL; importer++) {
        size_t used = strlen(known);

        nearest_name_offer(&nearest, importer->name);
        snprintf(known + used, sizeof(known) - used, ", %s", importer->name);
    }
    return sim_error_set(error, "no format '%s'%s; the formats are %s", format,
                         nearest_name_hint(&nearest, "").text, known);
}

/* Before the first event, an error in the input is more likely a file of the wrong kind. */
static bool run_importer(const struct importer *importer, struct stream_in *in,
                         struct trace_writer *writer, const struct import_options *options,
                         struct import_counts *counts, struct sim_error *error)
{
    const struct file_wanted wanted = {
        .name = importer->file, .role = ROLE_LOG, .format = importer->name};
    const uint8_t *head;
    size_t bytes;

    if (!stream_in_peek(in, &head, &bytes, error))
        return false;
    if (bytes == 0)
        return sim_error_set(error, "%s: the file is empty: expected %s", in->name, wanted.name);
    if (importer->import(in, writer, options, counts, error))
        return true;
    if (writer->live.events == 0)
        (void)file_kind_is_wrong(in, &wanted, error);
    return false;
}

bool import_keeps_little(const struct import_counts *counts)
{
    return counts->whole && (counts->events == 0 || 2 * counts->kept < counts->allocations);
}

static bool check_kept(const char *name, const struct import_counts *counts,
                       struct sim_error *error)
{
    if (!import_keeps_little(counts))
        return true;
    if (counts->events == 0)
        return sim_error_set(error,
                             "%s: none of its %" PRIu64 " lines became an event of a trace; "
                             "--lenient makes an empty one",
                             name, counts->lines);
    return sim_error_set(error,
                         "%s: only %" PRIu64 " of its %" PRIu64 " allocations can be kept; "
                         "--lenient makes a trace of them",
                         name, counts->kept, counts->allocations);
}

static bool import_into(const char *format, const char *in, struct trace_writer *writer,
                        const struct import_options *options, struct import_counts *counts,
                        struct sim_error *error)
{
    const struct importer *importer;
    struct stream_in stream;
    bool ok;

    if (!stream_in_open(&stream, in, error))
        return false;
    importer = choose_importer(format, &stream, error);
    if (importer != NULL && options->oom_only && importer->import != import_oom) {
        sim_error_set(error,
                      "%s: the format %s takes no --report, --order, --gfp, --strategy, "
                      "--ram or --memmap: they are for oom",
                      stream.name, importer->name);
        importer = NULL;
    }
    ok = importer != NULL && run_importer(importer, &stream, writer, options, counts, error);
    counts->format = importer != NULL ? importer->name : NULL;
    counts->whole = ok;
    counts->events = writer->live.events;
    if (ok && !options->lenient)
        ok = check_kept(stream.name, counts, error);
    stream_in_close(&stream);
    return ok;
}

bool trace_import(const char *format, const char *in, const char *out,
                  const struct import_options *options, struct import_counts *counts,
                  struct sim_error *error)
{
    struct trace_writer *writer;
    bool ok;

    *counts = (struct import_counts){0};
    if (strcmp(format, IMPORT_AUTO) != 0 && importer_find(format) == NULL)
        return unknown_format(format, error);
    if (!whole_file_in_place(out) && !trace_name_is_binary(out))
        return sim_error_set(error, "%s: the name must end in .mmb, .mmb.zst or .mmb.xz", out);
    writer = trace_writer_open(error);
    if (writer == NULL)
        return false;
    ok = import_into(format, in, writer, options, counts, error) &&
         trace_writer_finish(writer, error) && trace_writer_save(writer, out, error);
    trace_writer_close(writer);
    return ok;
}
