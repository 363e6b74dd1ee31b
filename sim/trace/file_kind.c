#include "file_kind.h"

#include "replay/trace_format.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- magic numbers ---- */

static bool begins(const char *head, size_t bytes, const char *magic, size_t magic_bytes)
{
    return bytes >= magic_bytes && memcmp(head, magic, magic_bytes) == 0;
}

#define BEGINS(head, bytes, magic) begins((head), (bytes), (magic), sizeof(magic) - 1)

/* ---- text ---- */

static bool is_json(const char *head, size_t bytes)
{
    (void)bytes;
    head += strspn(head, " \t\r\n");
    if (*head == '[') /* a list, or the time stamp of a log of Linux */
        head += 1 + strspn(head + 1, " \t\r\n");
    return *head == '{';
}

static bool is_sweep(const char *head, size_t bytes)
{
    return is_json(head, bytes) &&
           (strstr(head, "\"least_ram_bytes\": ") != NULL || strstr(head, "\"sources\": ") != NULL);
}

static bool is_memmap(const char *head, size_t bytes)
{
    (void)bytes;
    return strstr(head, "BIOS-e820:") != NULL;
}

typedef bool line_test(const char *line);

/* Does any line of the head pass the test? The last line may be cut short, and is tested, too. */
static bool some_line(const char *head, line_test *test)
{
    for (const char *line = head; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (test(line))
            return true;
    }
    return false;
}

/* "==123== " and "--123-- ". */
static bool is_valgrind_line(const char *line)
{
    const char *digits = line + 2;
    size_t count = line[0] != '\0' && line[0] == line[1] ? strspn(digits, "0123456789") : 0;

    return (line[0] == '=' || line[0] == '-') && count != 0 && digits[count] == line[0] &&
           digits[count + 1] == line[0];
}

static bool is_valgrind(const char *head, size_t bytes)
{
    (void)bytes;
    return some_line(head, is_valgrind_line);
}

/* "@ ./program:(main+0x1a)[0x401156] + 0x4052a0 0x64" */
static bool is_mtrace_line(const char *line)
{
    return strncmp(line, "@ ", 2) == 0 && memchr(line, '[', strcspn(line, "\n")) != NULL;
}

static bool is_mtrace(const char *head, size_t bytes)
{
    return BEGINS(head, bytes, "= Start") || some_line(head, is_mtrace_line);
}

/* Takes a line that has one number. */
static bool take_number_line(const char **head)
{
    const char *at = *head;
    size_t digits = strspn(at, "0123456789");

    at += digits;
    at += strspn(at, " \t\r");
    *head = at + (*at == '\n');
    return digits != 0 && *at == '\n';
}

static const char *skip_comments(const char *head)
{
    while (*head == '#' || *head == '\n')
        head += strcspn(head, "\n") + 1u - (strchr(head, '\n') == NULL);
    return head;
}

/* Four lines with a number each, and then "a 0 2040". Comments and empty lines are skipped. */
static bool is_mdriver(const char *head, size_t bytes)
{
    (void)bytes;
    for (int line = 0; line < 4; line++) {
        head = skip_comments(head);
        if (!take_number_line(&head))
            return false;
    }
    head = skip_comments(head);
    return (head[0] == 'a' || head[0] == 'r' || head[0] == 'f') && head[1] == ' ' &&
           isdigit((unsigned char)head[2]);
}

/* ---- the kmem events of Linux ---- */

/* Finds the name of a kmem event in this line; NULL: there is none. */
static const char *find_event(const char *line)
{
    static const char *const names[] = {"kmalloc", "kfree", "kmem_cache_", "mm_page_"};
    size_t bytes = strcspn(line, "\n");

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *found = memmem(line, bytes, names[i], strlen(names[i]));
        if (found != NULL && found != line && memchr(found, ':', bytes - (size_t)(found - line)))
            return found;
    }
    return NULL;
}

static bool is_perf_line(const char *line)
{
    const char *event = find_event(line);

    return event != NULL && event - line > 5 && memcmp(event - 5, "kmem:", 5) == 0;
}

static bool is_perf(const char *head, size_t bytes)
{
    return BEGINS(head, bytes, "# ========\n# captured on") || some_line(head, is_perf_line);
}

/* "task-123 [001] d..2. 12.345678: kmalloc: ": flags stand between the CPU and the time. */
static bool is_ftrace_line(const char *line)
{
    const char *event = find_event(line);
    const char *cpu = event != NULL ? memchr(line, ']', (size_t)(event - line)) : NULL;

    if (cpu == NULL || cpu[1] != ' ')
        return false;
    size_t flags = strcspn(cpu + 2, " \n");
    return flags >= 4 && flags <= 6 && memchr(cpu + 2, ':', flags) == NULL;
}

static bool is_ftrace(const char *head, size_t bytes)
{
    return BEGINS(head, bytes, "# tracer:") ||
           (!BEGINS(head, bytes, "cpus=") && some_line(head, is_ftrace_line));
}

static bool is_trace_cmd_line(const char *line)
{
    return find_event(line) != NULL && memchr(line, '=', strcspn(line, "\n")) != NULL;
}

static bool is_trace_cmd(const char *head, size_t bytes)
{
    return BEGINS(head, bytes, "cpus=") || some_line(head, is_trace_cmd_line);
}

/* ---- the table ---- */

#define IMPORT(format) "`mmsim import " format " % -o OUT.mmb` makes a trace of it"

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
    {"the recording of trace-cmd record", ROLE_NONE, NULL,
     "print it with `trace-cmd report -i % > LOG`, then `mmsim import trace-cmd LOG -o OUT.mmb` "
     "makes a trace of that",
     BEGINNING("\x17\x08\x44tracing")},
    {"an ELF file (a program, a kernel or a core dump)", ROLE_NONE, NULL, "",
     BEGINNING("\x7f"
               "ELF")},
    {"compressed by gzip", ROLE_NONE, NULL, "only zstd and xz are read: unpack it with `gzip -d`",
     BEGINNING("\x1f\x8b")},
    {"compressed by bzip2", ROLE_NONE, NULL, "only zstd and xz are read: unpack it with `bzip2 -d`",
     BEGINNING("BZh")},
    {"a series of measures", ROLE_SERIES, NULL, "`mmsim plot % -o OUT.svg` draws it",
     BEGINNING("strategy,event,")},
    {"the result of a sweep", ROLE_SWEEP, NULL, "`mmsim table %` prints it", .matches = is_sweep},
    {"JSON", ROLE_NONE, NULL, "", .matches = is_json},
    {"a log of ftrace", ROLE_LOG, "ftrace", IMPORT("ftrace"), .matches = is_ftrace},
    {"a log of perf script", ROLE_LOG, "perf", IMPORT("perf"), .matches = is_perf},
    {"a log of trace-cmd", ROLE_LOG, "trace-cmd", IMPORT("trace-cmd"), .matches = is_trace_cmd},
    {"a memory map", ROLE_MEMMAP, NULL, "the option --memmap % takes it", .matches = is_memmap},
    {"a .rep file of the malloc lab", ROLE_LOG, "mdriver", IMPORT("mdriver"),
     .matches = is_mdriver},
    {"a log of glibc's mtrace", ROLE_LOG, "mtrace", IMPORT("mtrace"), .matches = is_mtrace},
    {"a log of Valgrind", ROLE_LOG, "valgrind", IMPORT("valgrind"), .matches = is_valgrind},
};

const struct file_wanted wanted_trace = {.name = "a trace", .role = ROLE_TRACE};
const struct file_wanted wanted_memmap = {.name = "a memory map", .role = ROLE_MEMMAP};
const struct file_wanted wanted_measures = {
    .name = "a series or a sweep", .role = ROLE_SERIES, .other = ROLE_SWEEP};
const struct file_wanted wanted_sweep = {.name = "the result of a sweep", .role = ROLE_SWEEP};

static bool is_of_kind(const struct file_kind *kind, const char *head, size_t bytes)
{
    return kind->matches != NULL ? kind->matches(head, bytes)
                                 : begins(head, bytes, kind->magic, kind->magic_bytes);
}

const struct file_kind *file_kind_of(const void *data, size_t bytes)
{
    char head[STREAM_PEEK_MAX + 1];

    memcpy(head, data, bytes);
    head[bytes] = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (is_of_kind(&kinds[i], head, bytes))
            return &kinds[i];
    return NULL;
}

/* ---- messages ---- */

static bool is_wanted(const struct file_kind *kind, const struct file_wanted *wanted)
{
    if (wanted->other != ROLE_NONE && kind->role == wanted->other)
        return true;
    return kind->role == wanted->role &&
           (wanted->format == NULL || strcmp(kind->format, wanted->format) == 0);
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

bool file_kind_is_wrong(const struct stream_in *in, const struct file_wanted *wanted,
                        struct sim_error *error)
{
    const struct file_kind *kind = file_kind_of(in->peek, in->peek_end);
    char advice[400];

    if (kind == NULL || is_wanted(kind, wanted))
        return false;
    put_advice(advice, sizeof advice, kind->advice, in->name);
    sim_error_set(error, "%s: this is %s, not %s%s%s", in->name, kind->name, wanted->name,
                  advice[0] != '\0' ? "; " : "", advice);
    return true;
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
