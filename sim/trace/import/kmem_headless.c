/* Lines whose head is none of those that ftrace, perf and trace-cmd print. */
#include "kmem_line.h"
#include "log_fields.h"

#include <string.h>

/* "[    1.234567]", "[    T0]" or "[Mon Nov 30 12:00:00 2026]", but not the CPU "[002]". */
static const char *skip_brackets(const char *at, const char *end)
{
    const char *close = at < end && *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;

    return close != NULL && line_skip_digits(at + 1, end) != close ? close + 1 : at;
}

/* "<6>", the level of a message. */
static const char *skip_level(const char *at, const char *end)
{
    const char *digits = line_starts(at, end, "<") ? line_skip_digits(at + 1, end) : at;

    return digits > at + 1 && digits < end && *digits == '>' ? digits + 1 : at;
}

/* "Nov 30 12:00:00 host kernel: " and "2026-11-30T12:00:00+0000 host kernel: ", as journald writes
   it. */
static const char *skip_journal(const char *at, const char *end)
{
    static const char kernel[] = " kernel: ";
    const char *found = NULL;

    if (at < end && (line_is_digit(*at) || (*at >= 'A' && *at <= 'Z')))
        found = memmem(at, (size_t)(end - at), kernel, sizeof(kernel) - 1);

    return found != NULL ? found + sizeof(kernel) - 1 : at;
}

const char *line_skip_prefix(const char *at, const char *end)
{
    const char *before;

    at = skip_journal(at, end);
    do {
        before = at;
        at = at < end && *at == '>' ? at + 1 : skip_level(skip_brackets(at, end), end);
        at = at > before ? line_skip_blanks(at, end) : at;
    } while (at > before);
    return at;
}

/* " => kfree" of a new kernel, " <= kfree" of an old one. */
static bool is_stack(const char *at, const char *end)
{
    at = line_skip_blanks(at, end);
    return line_starts(at, end, "=>") || line_starts(at, end, "<=");
}

static bool is_rule(const char *at, const char *end)
{
    at = line_skip_blanks(at, end);
    while (at < end && *at == '-')
        at++;
    return at == end;
}

/* " sh-7 ": the task that the function graph names before its first bar. */
static void take_graph_task(const char *at, const char *end, struct kmem_line *line)
{
    const char *bar = memchr(at, '|', (size_t)(end - at));
    const char *hyphen = bar != NULL ? memrchr(at, '-', (size_t)(bar - at)) : NULL;
    uint64_t pid;

    if (hyphen == NULL || line_take_number(hyphen + 1, bar, &pid) == NULL)
        return;
    at = line_skip_blanks(at, hyphen);
    line->task = (struct word){at, (size_t)(hyphen - at)};
    line->pid = pid;
}

/* " 0)   0.543 us    |  kfree();", " 1)   sh-7    |               |  f() {", " 12.345678 |   0)
   |  }". An event is a comment of C. */
static bool take_graph(const char *at, const char *end, struct kmem_line *line)
{
    const char *parenthesis = memchr(at, ')', (size_t)(end - at));
    const char *bar = parenthesis != NULL ? memchr(at, '|', (size_t)(parenthesis - at)) : NULL;
    const char *comment;
    uint64_t cpu;

    at = line_take_number(line_skip_blanks(bar != NULL ? bar + 1 : at, end), end, &cpu);
    if (at == NULL || at != parenthesis)
        return false;
    line->pid = cpu;
    take_graph_task(at + 1, end, line);
    comment = memmem(at, (size_t)(end - at), "/* ", 3);
    if (comment == NULL) {
        line->kind = LINE_FUNCTION;
        line->event = (struct word){at, 0};
        return true;
    }
    bar = memmem(comment, (size_t)(end - comment), " */", 3);
    line_take_event(comment + 3, bar != NULL ? bar : end, line);
    return true;
}

static bool is_of_name(char c)
{
    return line_is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

/* The name that ends before this colon. */
static struct word name_before(const char *colon, const char *text)
{
    const char *at = colon;

    while (at > text && is_of_name(at[-1]))
        at--;
    return (struct word){at, (size_t)(colon - at)};
}

const char *line_find_event(const char *text, const char *end, struct kmem_line *line)
{
    for (const char *colon = text; (colon = memchr(colon, ':', (size_t)(end - colon))) != NULL;
         colon++) {
        struct word name = name_before(colon, text);

        if ((colon + 1 < end && colon[1] != ' ') || name.bytes == 0 || !kmem_event_is_known(name))
            continue;
        line_take_event(name.text, end, line);
        while (name.text > text && name.text[-1] != ' ')
            name.text--;
        return name.text;
    }
    return NULL;
}

void line_take_headless(const char *at, const char *end, struct kmem_line *line)
{
    const char *text = line_skip_prefix(at, end);

    line->kind = text > at ? LINE_OTHER : LINE_UNKNOWN;
    line->task = (struct word){text, 0};
    line->pid = 0;
    line->context = '?';
    line->timed = false;
    if (is_rule(text, end))
        line->kind = LINE_SILENT;
    else if (is_stack(text, end))
        line->kind = LINE_STACK;
    else if (!line_take_lost(text, end, line) && !take_graph(text, end, line))
        line_find_event(text, end, line);
}
