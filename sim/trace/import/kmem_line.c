#include "kmem_line.h"
#include "trace/eight_bytes.h"

#include <string.h>

#define TASK_COLUMNS    16u
#define NS_PER_SECOND   1000000000u
#define FRACTION_DIGITS 9u

const char *line_take_number(const char *at, const char *end, uint64_t *number)
{
    const char *digits = at;

    *number = 0;
    if (end - at >= 8) {
        uint64_t eight = eight_load(at);
        uint32_t count = eight_before(eight_not_decimal(eight));

        if (count == 0)
            return NULL;
        *number = eight_decimal(eight, count);
        at += count;
        if (count < 8)
            return at;
    }
    for (; at < end && line_is_digit(*at); at++)
        *number = *number * 10 + (uint64_t)(*at - '0');
    return at > digits ? at : NULL;
}

bool line_starts(const char *at, const char *end, const char *text)
{
    size_t bytes = strlen(text);

    return (size_t)(end - at) >= bytes && memcmp(at, text, bytes) == 0;
}

/* Takes the digits behind the point, and adds them to the time in nanoseconds. */
static const char *take_fraction(const char *at, const char *end, struct kmem_line *line)
{
    static const uint32_t units_ns[FRACTION_DIGITS + 1] = {
        NS_PER_SECOND, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
    const char *digits = at;
    uint64_t fraction;

    at = line_take_number(at, end, &fraction);
    if (at == NULL)
        return NULL;
    line->timed = (size_t)(at - digits) <= FRACTION_DIGITS;
    line->time_ns *= NS_PER_SECOND;
    if (line->timed)
        line->time_ns += fraction * units_ns[at - digits];
    return at;
}

/* "us+", "us ": the latency format marks long times. */
static const char *skip_microseconds(const char *at, const char *end)
{
    if (!line_starts(at, end, "us"))
        return at;
    at += 2;
    return at < end && *at != ':' ? at + 1 : at;
}

const char *line_take_time(const char *at, const char *end, struct kmem_line *line)
{
    at = line_take_number(at, end, &line->time_ns);
    if (at == NULL)
        return NULL;
    line->timed = true;
    at = at < end && *at == '.' ? take_fraction(at + 1, end, line) : skip_microseconds(at, end);
    return at != NULL && end - at >= 2 && at[0] == ':' && at[1] == ' ' ? at + 2 : NULL;
}

/* Skips the thread group in parentheses, which is optional. */
static const char *skip_group(const char *at, const char *end)
{
    if (at == end || *at != '(')
        return at;
    at = memchr(at, ')', (size_t)(end - at));
    return at != NULL ? line_skip_blanks(at + 1, end) : end;
}

/* Takes "[000] ", or "0" if the flags follow at once. */
static const char *take_cpu(const char *at, const char *end)
{
    bool bracket = at < end && *at == '[';
    const char *digits = at + bracket;

    at = line_skip_digits(digits, end);
    if (at == digits || at == end)
        return NULL;
    if (!bracket)
        return *at != ' ' ? at : NULL;
    return end - at >= 2 && at[0] == ']' && at[1] == ' ' ? line_skip_blanks(at + 2, end) : NULL;
}

/* The flags may be missing. The third flag is the context. */
static const char *take_flags_and_time(const char *at, const char *end, struct kmem_line *line)
{
    const char *after = line_take_time(at, end, line);

    line->context = '?';
    if (after == NULL) {
        line->context = end - at > 2 ? at[2] : '?';
        after = line_take_time(line_skip_blanks(line_skip_word(at, end), end), end, line);
    }
    return after;
}

/* Takes the part between the task's hyphen and the flags. */
static const char *take_pid_and_cpu(const char *at, const char *end, struct kmem_line *line)
{
    at = line_take_number(at, end, &line->pid);
    return at != NULL ? take_cpu(skip_group(line_skip_blanks(at, end), end), end) : NULL;
}

/* Takes a head that is the same as that of the last line. */
static const char *take_known_head(const char *at, const char *end, const struct line_head *head,
                                   struct kmem_line *line)
{
    if (head->bytes == 0 || (size_t)(end - at) < head->bytes ||
        memcmp(at, head->text, head->bytes) != 0)
        return NULL;
    line->pid = head->pid;
    line->task = (struct word){at + head->task_at, head->task_bytes};
    return line_skip_blanks(at + head->bytes, end);
}

/* Keeps a head that ends in a blank. Without the blank, the CPU may have more digits in another
   line. */
static void learn_head(struct line_head *head, const char *text, const char *end,
                       const struct kmem_line *line)
{
    size_t bytes = (size_t)(end - text);

    if (bytes > LINE_HEAD_BYTES || end[-1] != ' ')
        return;
    memcpy(head->text, text, bytes);
    head->bytes = (uint32_t)bytes;
    head->task_at = (uint32_t)(line->task.text - text);
    head->task_bytes = (uint32_t)line->task.bytes;
    head->pid = line->pid;
}

/* Takes the line up to the time, if this hyphen stands between the task and its PID. */
static const char *take_around(const char *hyphen, const char *text, const char *end,
                               struct line_head *head, struct kmem_line *line)
{
    const char *task = line_skip_blanks(text, hyphen);
    const char *flags = take_pid_and_cpu(hyphen + 1, end, line);
    const char *after = flags != NULL ? take_flags_and_time(flags, end, line) : NULL;

    line->task = (struct word){task, (size_t)(hyphen - task)};
    if (after != NULL && head != NULL)
        learn_head(head, text, flags, line);
    return after;
}

/* Takes "[002] .... 1.000001: ", which a log without tasks has. */
static const char *take_without_task(const char *text, const char *end, struct kmem_line *line)
{
    const char *at = line_skip_blanks(text, end);
    const char *flags = at < end && *at == '[' ? take_cpu(at, end) : NULL;

    if (flags == NULL || line_take_number(at + 1, end, &line->pid) == NULL)
        return NULL;
    line->task = (struct word){at, 0};
    return take_flags_and_time(flags, end, line);
}

/* In a line as it was printed, the hyphen stands in column 17. Else the hyphen is the first one
   that is followed by a PID, a CPU and a time. */
static const char *take_head_and_time(const char *text, const char *end, struct line_head *head,
                                      struct kmem_line *line)
{
    const char *hyphen = text;
    const char *after = take_without_task(text, end, line);

    if (after == NULL && (size_t)(end - text) > TASK_COLUMNS && text[TASK_COLUMNS] == '-')
        after = take_around(text + TASK_COLUMNS, text, end, head, line);
    for (; after == NULL && (hyphen = memchr(hyphen, '-', (size_t)(end - hyphen))) != NULL;
         hyphen++)
        after = take_around(hyphen, text, end, NULL, line);
    return after;
}

const char *line_take_task_and_time(const char *at, const char *end, struct line_head *head,
                                    struct kmem_line *line)
{
    const char *flags = take_known_head(at, end, head, line);
    const char *after = flags != NULL ? take_flags_and_time(flags, end, line) : NULL;

    return after != NULL ? after : take_head_and_time(line_skip_prefix(at, end), end, head, line);
}

void line_take_event(const char *at, const char *end, struct kmem_line *line)
{
    const char *event = line_skip_blanks(at, end);

    at = line_skip_word(event, end);
    line->event = (struct word){event, (size_t)(at - event)};
    line->rest = (struct line_rest){at < end ? at + 1 : at, end};
    line->kind = line->event.bytes > 0 ? LINE_FUNCTION : LINE_UNKNOWN;
    if (line->event.bytes > 1 && at[-1] == ':') {
        line->event.bytes--;
        line->kind = LINE_EVENT;
    }
}

bool line_take_lost(const char *at, const char *end, struct kmem_line *line)
{
    const char *bracket = memchr(at, '[', (size_t)(end - at));

    if (!line_starts(at, end, "CPU:") || bracket == NULL)
        return false;
    at = bracket + 1;
    if (line_starts(at, end, "LOST "))
        at += strlen("LOST ");
    bracket = line_take_number(at, end, &line->lost);
    if (bracket == NULL)
        line->lost = 1;
    else
        at = bracket + 1;
    if (at >= end || !line_starts(at, end, "EVENTS"))
        return false;
    line->kind = LINE_LOST;
    return true;
}
