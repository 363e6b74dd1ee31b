#include "ftrace_line.h"

#include <string.h>

#define TASK_COLUMNS 16u

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && *at == ' ')
        at++;
    return at;
}

static const char *skip_word(const char *at, const char *end)
{
    while (at < end && *at != ' ')
        at++;
    return at;
}

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* After "-PID", and a thread group in parentheses where it is shown, the CPU: "[000] ". NULL:
   not so. */
static const char *skip_pid_and_cpu(const char *at, const char *end, uint64_t *pid)
{
    const char *digits = at;

    for (*pid = 0; at < end && is_digit(*at); at++)
        *pid = *pid * 10 + (uint64_t)(*at - '0');
    if (at == digits)
        return NULL;
    at = skip_blanks(at, end);
    if (at < end && *at == '(') {
        at = memchr(at, ')', (size_t)(end - at));
        at = at != NULL ? skip_blanks(at + 1, end) : end;
    }
    if (at == end || *at != '[')
        return NULL;
    digits = at + 1;
    at = skip_digits(digits, end);
    return at > digits && end - at >= 2 && at[0] == ']' && at[1] == ' ' ? at + 2 : NULL;
}

/* The task's name, the PID and the CPU. Where the line is as it was printed the hyphen stands in
   column 17; a line that lost its leading blanks is searched for the first hyphen that can be the
   one. */
static const char *parse_task(const char *text, const char *end, struct ftrace_line *line)
{
    const char *hyphen = text;
    const char *after;

    if ((size_t)(end - text) > TASK_COLUMNS && text[TASK_COLUMNS] == '-')
        hyphen = text + TASK_COLUMNS;
    while ((hyphen = memchr(hyphen, '-', (size_t)(end - hyphen))) != NULL) {
        after = skip_pid_and_cpu(hyphen + 1, end, &line->pid);
        if (after != NULL) {
            text = skip_blanks(text, hyphen);
            line->task = (struct word){text, (size_t)(hyphen - text)};
            return after;
        }
        hyphen++;
    }
    return NULL;
}

/* "12.345678:" and the blank after it. NULL: not a time stamp. */
static const char *skip_time(const char *at, const char *end)
{
    const char *digits = at;

    at = skip_digits(at, end);
    if (at < end && *at == '.')
        at = skip_digits(at + 1, end);
    return at > digits && end - at >= 2 && at[0] == ':' && at[1] == ' ' ? at + 2 : NULL;
}

static const char *parse_flags_and_time(const char *at, const char *end, struct ftrace_line *line)
{
    const char *after;

    line->context = '?';
    at = skip_blanks(at, end);
    after = skip_time(at, end);
    if (after == NULL) {
        line->context = end - at > 2 ? at[2] : '?';
        after = skip_time(skip_blanks(skip_word(at, end), end), end);
    }
    return after;
}

bool ftrace_line_parse(const char *text, size_t bytes, struct ftrace_line *line)
{
    const char *end = text + bytes;
    const char *at = parse_task(text, end, line);
    const char *event;

    at = at != NULL ? parse_flags_and_time(at, end, line) : NULL;
    if (at == NULL)
        return false;
    event = skip_blanks(at, end);
    at = skip_word(event, end);
    line->event = (struct word){event, (size_t)(at - event)};
    if (line->event.bytes > 1 && at[-1] == ':')
        line->event.bytes--;
    line->rest = (struct line_rest){at < end ? at + 1 : at, end};
    return line->event.bytes > 0;
}

static struct word value_at(const char *at, const char *end)
{
    const char *stop = at < end && *at == '"' ? memchr(at + 1, '"', (size_t)(end - at - 1)) : NULL;

    if (stop != NULL)
        return (struct word){at + 1, (size_t)(stop - at - 1)};
    return (struct word){at, (size_t)(skip_word(at, end) - at)};
}

bool ftrace_take_field(struct line_rest *rest, const char *key, struct word *value)
{
    size_t key_bytes = strlen(key);
    const char *at = rest->at;

    for (;;) {
        at = skip_blanks(at, rest->end);
        if ((size_t)(rest->end - at) < key_bytes)
            return false;
        if (memcmp(at, key, key_bytes) == 0)
            break;
        at = skip_word(at, rest->end);
    }
    /* "%p" of old kernels pads a null pointer with blanks */
    *value = value_at(skip_blanks(at + key_bytes, rest->end), rest->end);
    rest->at = value->text + value->bytes;
    return true;
}

static uint32_t hex_digit(char c)
{
    if (is_digit(c))
        return (uint32_t)(c - '0');
    return c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10u : 16u;
}

static bool has_0x(struct word value)
{
    return value.bytes > 2 && value.text[0] == '0' && value.text[1] == 'x';
}

bool ftrace_pointer(struct word value, uint64_t *pointer)
{
    size_t i = has_0x(value) ? 2 : 0;

    *pointer = 0;
    if (word_is(value, "(null)"))
        return true;
    if (value.bytes == 0 || value.bytes - i > 16)
        return false;
    for (; i < value.bytes; i++) {
        uint32_t digit = hex_digit(value.text[i]);

        if (digit > 15)
            return false;
        *pointer = *pointer << 4 | digit;
    }
    return true;
}

bool ftrace_number(struct word value, uint64_t *number)
{
    if (has_0x(value))
        return ftrace_pointer(value, number);
    return word_number(value, 0, UINT64_MAX, number) == NUMBER_OK;
}

bool ftrace_has_flag(struct word flags, const char *flag)
{
    size_t bytes = strlen(flag);
    const char *end = flags.text + flags.bytes;

    for (const char *at = flags.text; at < end;) {
        const char *stop = memchr(at, '|', (size_t)(end - at));

        if (stop == NULL)
            stop = end;
        if ((size_t)(stop - at) == bytes && memcmp(at, flag, bytes) == 0)
            return true;
        at = stop + 1;
    }
    return false;
}
