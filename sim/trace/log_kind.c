#include "log_kind.h"

#include <stdint.h>
#include <string.h>

/* ---- lines ---- */

struct line {
    const char *at;
    const char *end;
};

typedef bool line_test(struct line line);

/* Does any line of the head pass the test? */
static bool some_line(const char *head, line_test *test)
{
    for (;;) {
        struct line line = {head, head + strcspn(head, "\n")};

        if (test(line))
            return true;
        if (*line.end == '\0')
            return false;
        head = line.end + 1;
    }
}

static const char *find(struct line line, const char *text)
{
    return memmem(line.at, (size_t)(line.end - line.at), text, strlen(text));
}

static bool begins(const char *at, const char *text)
{
    return strncmp(at, text, strlen(text)) == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* ---- the kmem events of Linux, and its page faults ---- */

/* Finds the name of such an event that has one of its fields behind it; NULL: there is none. *colon
   is what ends the name. */
static const char *find_event(struct line line, const char **colon)
{
    static const char *const names[] = {"kmalloc", "kfree", "kmem_cache_", "mm_page",
                                        "page_fault_"};
    static const char *const fields[] = {"call_site=", "ptr=", "page=", "pfn=", "address="};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *name = find(line, names[i]);
        bool has_field = false;

        if (name == NULL)
            continue;
        *colon = name + strspn(name, "abcdefghijklmnopqrstuvwxyz_");
        for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
            has_field |= find((struct line){*colon, line.end}, fields[f]) != NULL;
        if (**colon == ':' && has_field)
            return name;
    }
    return NULL;
}

static bool is_ftrace_line(struct line line)
{
    const char *colon;

    return find_event(line, &colon) != NULL;
}

static bool is_perf_line(struct line line)
{
    const char *colon;
    const char *event = find_event(line, &colon);

    return event != NULL && event > line.at && event[-1] == ':';
}

/* trace-cmd fills the name of an event with blanks. */
static bool is_trace_cmd_line(struct line line)
{
    const char *colon;

    return find_event(line, &colon) != NULL && begins(colon, ":  ");
}

bool log_is_perf(const char *head)
{
    return begins(head, "# ========\n") || some_line(head, is_perf_line);
}

bool log_is_trace_cmd(const char *head)
{
    return begins(head, "cpus=") || begins(head, "version = ") ||
           some_line(head, is_trace_cmd_line);
}

bool log_is_ftrace(const char *head)
{
    return begins(head, "# tracer:") || some_line(head, is_ftrace_line);
}

/* Of perf kmem, or of perf report: "  64.49%  call_site=perf_event_mmap ptr=0xffff8d733b2e8000". */
static bool is_perf_kmem_report_line(struct line line)
{
    return begins(line.at, "SUMMARY (SLAB allocator)") ||
           begins(line.at, "SUMMARY (page allocator)") || find(line, "%  call_site=") != NULL ||
           find(line, "%  page=") != NULL;
}

bool log_is_perf_kmem_report(const char *head)
{
    return some_line(head, is_perf_kmem_report_line);
}

/* ---- what Linux says of its memory ---- */

/* "Normal: 5*4kB", "Node 0, zone   Normal" */
static bool is_oom_line(struct line line)
{
    static const char *const texts[] = {": page allocation failure", "oom-killer: ", "Mem-Info:",
                                        "Mem-info:", "Free pages count per migrate type"};
    const char *blocks = find(line, "*4kB ");
    const char *zone = find(line, "Node ");

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (find(line, texts[i]) != NULL)
            return true;
    return (blocks != NULL && find(line, "*8kB ") != NULL) ||
           (zone == line.at && find(line, ", zone ") != NULL);
}

bool log_is_oom(const char *head)
{
    return some_line(head, is_oom_line);
}

/* "[    0.000000] Linux version", "Dec  1 10:00:00 host kernel: " */
static bool is_kernel_line(struct line line)
{
    const char *dot = memchr(line.at, '.', (size_t)(line.end - line.at));

    if (find(line, " kernel: ") != NULL)
        return true;
    return *line.at == '[' && is_digit(*skip_blanks(line.at + 1)) && dot != NULL &&
           dot[1 + strspn(dot + 1, "0123456789")] == ']';
}

bool log_is_kernel(const char *head)
{
    return some_line(head, is_kernel_line);
}

/* ---- the malloc lab ---- */

/* Skips blanks, ends of lines, and comments. */
static const char *skip_comments(const char *head)
{
    for (;;) {
        head += strspn(head, " \t\r\n");
        if (*head != '#' && !begins(head, "//") && !begins(head, "/*"))
            return head;
        head += strcspn(head, "\n");
    }
}

/* Two to four numbers, and then "a 0 2040". */
bool log_is_mdriver(const char *head)
{
    uint32_t numbers = 0;

    for (head = skip_comments(head); is_digit(*head); head = skip_comments(head)) {
        head += strspn(head, "0123456789");
        numbers++;
    }
    return numbers >= 2 && numbers <= 4 && *head != '\0' && strchr("arf", *head) != NULL &&
           is_digit(*skip_blanks(head + 1));
}

/* ---- mtrace ---- */

/* "@ ./program:(main+0x1a)[0x401156] + 0x4052a0 0x64", also without the "@" or the place. */
static bool is_mtrace_line(struct line line)
{
    const char *bracket = memrchr(line.at, ']', (size_t)(line.end - line.at));
    const char *at = bracket != NULL ? skip_blanks(bracket + 1) : line.at;

    return *at != '\0' && strchr("+-<>!", *at) != NULL && begins(at + 1, " 0x");
}

bool log_is_mtrace(const char *head)
{
    return begins(head, "= Start") || some_line(head, is_mtrace_line);
}

static bool is_mtrace_report_line(struct line line)
{
    return begins(line.at, "Memory not freed:") || begins(line.at, "No memory leaks.") ||
           find(line, "was never alloc'd") != NULL;
}

bool log_is_mtrace_report(const char *head)
{
    return some_line(head, is_mtrace_report_line);
}

/* ---- Valgrind ---- */

/* "==123== " and "--123-- ". */
static bool is_marked(struct line line, char mark)
{
    const char *digits = line.at + 2;
    size_t count;

    if (line.end - line.at < 5 || line.at[0] != mark || line.at[1] != mark)
        return false;
    count = strspn(digits, "0123456789:.");
    return count != 0 && strchr(" -=", digits[count]) != NULL;
}

static bool is_call_line(struct line line)
{
    return is_marked(line, '-');
}

static bool is_report_line(struct line line)
{
    return is_marked(line, '=');
}

bool log_is_valgrind(const char *head)
{
    return some_line(head, is_call_line);
}

bool log_is_valgrind_report(const char *head)
{
    return some_line(head, is_report_line);
}

/* ---- calls, as tools print them ---- */

/* A call of malloc or another such function in this line; NULL: there is none. */
static const char *find_call(struct line line)
{
    static const char *const names[] = {"malloc(", "calloc(", "realloc(", "free(",
                                        "malloc@", "calloc@", "_Znwm(",   "memalign("};
    const char *found = NULL;

    for (size_t i = 0; i < sizeof names / sizeof names[0] && found == NULL; i++)
        found = find(line, names[i]);
    return found;
}

static bool is_ltrace_line(struct line line)
{
    const char *call = find_call(line);
    struct line rest = {call, line.end};

    return call != NULL && (find(rest, " = 0x") != NULL || find(rest, "= <void>") != NULL ||
                            find(rest, "<unfinished") != NULL);
}

bool log_is_ltrace(const char *head)
{
    return some_line(head, is_ltrace_line);
}

/* "[ 12] | ", and other fields between. */
static bool is_uftrace_line(struct line line)
{
    const char *bracket = find(line, "] ");

    return bracket != NULL && find((struct line){bracket, line.end}, " | ") != NULL &&
           find_call(line) != NULL;
}

bool log_is_uftrace(const char *head)
{
    return some_line(head, is_uftrace_line);
}

/* What bpftrace prints first; behind it if the lines were sorted. */
static bool is_bpftrace_line(struct line line)
{
    return begins(line.at, "Attaching ") && find(line, " probes...") != NULL;
}

static bool has_call(struct line line)
{
    return find_call(line) != NULL;
}

bool log_is_bpftrace(const char *head)
{
    return some_line(head, is_bpftrace_line) && some_line(head, has_call);
}

static bool is_utrace_line(struct line line)
{
    return find(line, " USER ") != NULL && find_call(line) != NULL;
}

bool log_is_utrace(const char *head)
{
    return some_line(head, is_utrace_line);
}

static bool is_gdb_line(struct line line)
{
    return (find(line, "Heap-Analysis") != NULL || begins(line.at, "[*] ")) &&
           find_call(line) != NULL;
}

bool log_is_gdb(const char *head)
{
    return some_line(head, is_gdb_line);
}

/* ---- heaptrack, ESP-IDF ---- */

/* "v 10500 3" and then the command, the program or a string */
bool log_is_heaptrack(const char *head)
{
    const char *next = strchr(head, '\n');

    return begins(head, "v 1") && next != NULL && next[1] != '\0' && next[2] == ' ' &&
           strchr("xXsIAtm", next[1]) != NULL;
}

static bool is_esp_line(struct line line)
{
    return find(line, "HEAP: Allocated ") != NULL || find(line, "HEAP: Freed ") != NULL ||
           find(line, " bytes (@ 0x") != NULL;
}

bool log_is_esp(const char *head)
{
    return some_line(head, is_esp_line);
}
