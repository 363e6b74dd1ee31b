#include "file_kind.h"
#include "log_kind.h"

#include "replay/trace_format.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* ---- magic numbers ---- */

static bool begins(const char *head, size_t bytes, const char *magic, size_t magic_bytes)
{
    return bytes >= magic_bytes && memcmp(head, magic, magic_bytes) == 0;
}

/* ---- text ---- */

static bool is_json(const char *head)
{
    head += strspn(head, " \t\r\n");
    if (*head == '[') /* a list, or the time stamp of a log of Linux */
        head += 1 + strspn(head + 1, " \t\r\n");
    return *head == '{';
}

static bool is_sweep(const char *head)
{
    return is_json(head) &&
           (strstr(head, "\"least_ram_bytes\": ") != NULL || strstr(head, "\"sources\": ") != NULL);
}

/* Is it an ELF file of this e_type? Its low byte is the first or the second, as the file's byte
   order is. */
static bool is_elf_of(const char *head, char type)
{
    return memcmp(head,
                  "\x7f"
                  "ELF",
                  4) == 0 &&
           (head[16] == type || (head[16] == 0 && head[17] == type));
}

static bool is_elf_core(const char *head)
{
    return is_elf_of(head, ET_CORE);
}

static bool is_elf_object(const char *head)
{
    return is_elf_of(head, ET_REL);
}

static bool is_elf_shared(const char *head)
{
    return is_elf_of(head, ET_DYN);
}

/* The beginnings of the forms that --memmap takes. */
static bool is_memmap(const char *head)
{
    static const char *const words[] = {
        "BIOS-e820:",     "BIOS-e801:", "BIOS-88:",    "Xen: [mem 0x", " : System RAM\n",
        "base_addr = 0x", "\nBS_Code ", "<Usable RAM", "efi: mem0",    "SMAP type="};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(head, words[i]) != NULL)
            return true;
    return false;
}

/* ---- the table ---- */

#define IMPORT(format) "`mmsim import " format " % -o OUT.mmb` makes a trace of it"

#define DUMP_IN_QEMU "`dump-guest-memory \"CORE\"` in QEMU's monitor"

#define BEGINNING(text) .magic = (text), .magic_bytes = sizeof(text) - 1

/* The first match counts, so that the less certain kinds come last. */
static const struct file_kind kinds[] = {
    {"a binary trace", ROLE_TRACE, NULL, "`mmsim info %` describes it", .magic = TRACE_MAGIC,
     .magic_bytes = sizeof(TRACE_MAGIC)},
    {"a text trace", ROLE_TRACE, NULL, "`mmsim info %` describes it", BEGINNING("mmtrace")},
    {"the recording of perf record", ROLE_NONE, NULL,
     "print it with `perf script -i % > LOG`, then `mmsim import perf LOG -o OUT.mmb` makes a "
     "trace of that",
     BEGINNING("PERFILE2")},
    {"the recording of perf record in the form of a pipe or of an old perf", ROLE_NONE, NULL,
     "print it with `perf script -i % > LOG`, then `mmsim import perf LOG -o OUT.mmb` makes a "
     "trace of that",
     BEGINNING("PERFFILE")},
    {"the recording of trace-cmd record", ROLE_NONE, NULL,
     "print it with `trace-cmd report -i % > LOG`, then `mmsim import trace-cmd LOG -o OUT.mmb` "
     "makes a trace of that",
     BEGINNING("\x17\x08\x44tracing")},
    {"a dump of memory (vmcore) that makedumpfile has compressed", ROLE_NONE, NULL,
     "`makedumpfile --dump-dmesg % LOG` takes the kernel's log out of it. One that `mmsim inspect` "
     "reads is written by `makedumpfile -E /proc/vmcore CORE`, or by " DUMP_IN_QEMU
     " without -z, -l, -s",
     BEGINNING("KDUMP   ")},
    {"a dump of memory (vmcore) in the form of a stream", ROLE_NONE, NULL,
     "make a file of it with `makedumpfile -R VMCORE < %`; if that is compressed, write another "
     "by " DUMP_IN_QEMU " without -z, -l, -s",
     BEGINNING("makedumpfile")},
    {"a dump of memory (vmcore) or of a program", ROLE_DUMP, NULL,
     "`mmsim inspect %` prints what the page tables in a dump of memory map",
     .matches = is_elf_core},
    {"an ELF object file (relocatable)", ROLE_NONE, NULL, "", .matches = is_elf_object},
    {"an ELF shared object, or a program that loads anywhere", ROLE_NONE, NULL, "",
     .matches = is_elf_shared},
    {"an ELF file (a program or a kernel)", ROLE_NONE, NULL,
     "`mmsim kernel %` runs a kernel for the i386; " DUMP_IN_QEMU
     " writes the memory of a machine that runs one",
     BEGINNING("\x7f"
               "ELF")},
    {"a crash dump of 64-bit Windows", ROLE_NONE, NULL,
     "write an ELF core instead, by " DUMP_IN_QEMU " without -w", BEGINNING("PAGEDU64")},
    {"a crash dump of 32-bit Windows", ROLE_NONE, NULL,
     "write an ELF core instead, by " DUMP_IN_QEMU " without -w", BEGINNING("PAGEDUMP")},
    {"a disk image of QEMU (qcow2)", ROLE_NONE, NULL,
     "if it has a snapshot of a machine, start that with QEMU's option -loadvm; "
     "then " DUMP_IN_QEMU " writes its memory",
     BEGINNING("QFI\xfb")},
    {"a saved machine of QEMU (savevm, migrate)", ROLE_NONE, NULL,
     "start it with `qemu-system-ARCH -incoming 'exec:cat %'` and the machine's own options; "
     "then " DUMP_IN_QEMU " writes its memory",
     BEGINNING("QEVM")},
    {"a saved machine of libvirt", ROLE_NONE, NULL,
     "start it with `virsh restore %`; then `virsh dump --memory-only DOMAIN CORE` writes its "
     "memory",
     BEGINNING("LibvirtQemudSave")},
    {"a saved machine of VirtualBox", ROLE_NONE, NULL,
     "start it; then `VBoxManage debugvm NAME dumpvmcore --filename CORE` writes its memory",
     BEGINNING("\x7fVirtualBox SavedState")},
    {"a saved machine of VMware (vmss, vmsn)", ROLE_NONE, NULL,
     "its memory is in the .vmem file next to it, as raw physical memory, if there is one; else "
     "`vmss2core -N %` writes an ELF core",
     BEGINNING("\xd2\xbe\xd2\xbe")},
    {"a dump of memory by LiME", ROLE_NONE, NULL,
     "load lime.ko with format=padded, and it writes raw physical memory", BEGINNING("EMiL")},
    {"compressed by zstd", ROLE_NONE, NULL, "unpack it with `zstd -d %`",
     BEGINNING("\x28\xb5\x2f\xfd")},
    {"compressed by xz", ROLE_NONE, NULL, "unpack it with `xz -dk %`",
     BEGINNING("\xfd"
               "7zXZ\0")},
    {"compressed by gzip", ROLE_NONE, NULL, "unpack it with `gzip -dk %`",
     BEGINNING("\x1f\x8b\x08")},
    {"compressed by bzip2", ROLE_NONE, NULL, "unpack it with `bzip2 -dk %`", BEGINNING("BZh")},
    {"a series of measures", ROLE_SERIES, NULL, "`mmsim plot % -o OUT.svg` draws it",
     BEGINNING("strategy,event,")},
    {"the result of a sweep", ROLE_SWEEP, NULL, "`mmsim table %` prints it", .matches = is_sweep},
    {"JSON", ROLE_NONE, NULL, "", .matches = is_json},
    {"a log of perf script", ROLE_LOG, "perf", IMPORT("perf"), .matches = log_is_perf},
    {"a log of trace-cmd", ROLE_LOG, "trace-cmd", IMPORT("trace-cmd"), .matches = log_is_trace_cmd},
    {"a log of ftrace", ROLE_LOG, "ftrace", IMPORT("ftrace"), .matches = log_is_ftrace},
    {"the report of mtrace(1)", ROLE_NONE, NULL,
     "it does not have the calls: import the file of MALLOC_TRACE, from which it was made",
     .matches = log_is_mtrace_report},
    {"the report of perf kmem or perf report", ROLE_NONE, NULL,
     "it does not have the events: `perf script > LOG` prints those of the same recording",
     .matches = log_is_perf_kmem_report},
    {"a report of Linux about its memory", ROLE_LOG, "oom", IMPORT("oom"), .matches = log_is_oom},
    {"a memory map", ROLE_MEMMAP, NULL, "the option --memmap % takes it", .matches = is_memmap},
    {"a .rep file of the malloc lab", ROLE_LOG, "mdriver", IMPORT("mdriver"),
     .matches = log_is_mdriver},
    {"a log of glibc's mtrace", ROLE_LOG, "mtrace", IMPORT("mtrace"), .matches = log_is_mtrace},
    {"a log of Valgrind", ROLE_LOG, "valgrind", IMPORT("valgrind"), .matches = log_is_valgrind},
    {"the data of heaptrack", ROLE_LOG, "heaptrack", IMPORT("heaptrack"),
     .matches = log_is_heaptrack},
    {"a log of ESP-IDF's heap", ROLE_LOG, "esp-idf", IMPORT("esp-idf"), .matches = log_is_esp},
    {"what uftrace replay prints", ROLE_LOG, "uftrace", IMPORT("uftrace"),
     .matches = log_is_uftrace},
    {"the utrace of FreeBSD's jemalloc", ROLE_LOG, "utrace", IMPORT("utrace"),
     .matches = log_is_utrace},
    {"what gef or pwndbg prints of the heap", ROLE_LOG, "gdb", IMPORT("gdb"),
     .matches = log_is_gdb},
    {"what malloc.bt prints", ROLE_LOG, "bpftrace", IMPORT("bpftrace"), .matches = log_is_bpftrace},
    {"a log of ltrace", ROLE_LOG, "ltrace", IMPORT("ltrace"), .matches = log_is_ltrace},
    {"a report of Valgrind without the calls of malloc", ROLE_NONE, NULL,
     "run the program again with `valgrind --trace-malloc=yes`", .matches = log_is_valgrind_report},
};

const struct file_wanted wanted_trace = {.name = "a trace", .role = ROLE_TRACE};
const struct file_wanted wanted_memmap = {.name = "a memory map", .role = ROLE_MEMMAP};
const struct file_wanted wanted_measures = {
    .name = "a series or a sweep", .role = ROLE_SERIES, .other = ROLE_SWEEP};
const struct file_wanted wanted_sweep = {.name = "the result of a sweep", .role = ROLE_SWEEP};
const struct file_wanted wanted_dump = {.name = "a dump of memory", .role = ROLE_DUMP};

static bool is_of_kind(const struct file_kind *kind, const char *head, size_t bytes)
{
    return kind->matches != NULL ? kind->matches(head)
                                 : begins(head, bytes, kind->magic, kind->magic_bytes);
}

struct file_head {
    char text[STREAM_PEEK_MAX + 1];
};

static void copy_head(struct file_head *head, const void *data, size_t bytes)
{
    memcpy(head->text, data, bytes);
    memset(head->text + bytes, 0, sizeof(head->text) - bytes);
}

bool file_is_kernel_log(const void *data, size_t bytes)
{
    struct file_head head;

    copy_head(&head, data, bytes);
    return log_is_kernel(head.text);
}

const struct file_kind *file_kind_of(const void *data, size_t bytes)
{
    struct file_head head;

    copy_head(&head, data, bytes);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is_of_kind(&kinds[i], head.text, bytes))
            return &kinds[i];
    return NULL;
}

/* ---- messages ---- */

/* The logs of the kmem events are so much alike that the head of one may look like another's. */
static bool is_of_kmem(const char *format)
{
    return strcmp(format, "ftrace") == 0 || strcmp(format, "perf") == 0 ||
           strcmp(format, "trace-cmd") == 0;
}

static bool is_wanted(const struct file_kind *kind, const struct file_wanted *wanted)
{
    if (wanted->other != ROLE_NONE && kind->role == wanted->other)
        return true;
    return kind->role == wanted->role &&
           (wanted->format == NULL || strcmp(kind->format, wanted->format) == 0 ||
            (is_of_kmem(kind->format) && is_of_kmem(wanted->format)));
}

/* Writes the advice, with the name of the file in place of its %. */
static void put_advice(char *text, size_t room, const char *advice, const char *name)
{
    const char *mark = strchr(advice, '%');
    const char *word = strcmp(name, "standard input") == 0 ? "-" : name;

    if (mark == NULL)
        snprintf(text, room, "%s", advice);
    else
        snprintf(text, room, "%.*s%s%s", (int)(mark - advice), advice, word, mark + 1);
}

bool file_kind_of_head_is_wrong(const char *name, const void *head, size_t bytes,
                                const struct file_wanted *wanted, struct sim_error *error)
{
    const struct file_kind *kind = file_kind_of(head, bytes);
    char advice[400];

    if (kind == NULL || is_wanted(kind, wanted))
        return false;
    put_advice(advice, sizeof advice, kind->advice, name);
    sim_error_set(error, "%s: this is %s, not %s%s%s", name, kind->name, wanted->name,
                  advice[0] != '\0' ? "; " : "", advice);
    return true;
}

bool file_kind_is_wrong(const struct stream_in *in, const struct file_wanted *wanted,
                        struct sim_error *error)
{
    return file_kind_of_head_is_wrong(in->name, in->peek, in->peek_end, wanted, error);
}

void file_kind_explain(const char *path, const struct file_wanted *wanted, struct sim_error *error)
{
    struct stream_in in;
    struct sim_error unreadable;
    const uint8_t *data;
    size_t bytes;

    if (strcmp(path, "-") == 0 || !stream_in_open(&in, path, &unreadable))
        return;
    if (stream_in_peek(&in, &data, &bytes, &unreadable))
        (void)file_kind_is_wrong(&in, wanted, error);
    stream_in_close(&in);
}
