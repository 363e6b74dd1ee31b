/* Reads the line that says which request failed, or for whom the oom-killer ran. */
#include "oom_reader.h"

static void copy_text(char text[OOM_TEXT_BYTES], const char *from, const char *end)
{
    size_t bytes =
        (size_t)(end - from) < OOM_TEXT_BYTES ? (size_t)(end - from) : OOM_TEXT_BYTES - 1;

    memcpy(text, from, bytes);
    text[bytes] = '\0';
}

/* The name of the task ends here; before it, a line may have what dmesg or syslog put there. */
static void take_task(struct oom_report *report, const char *line, const char *end)
{
    const char *kernel = find_text((struct line_rest){line, end}, "kernel: ");
    const char *start = kernel != NULL ? kernel + strlen("kernel: ") : line;
    const char *bracket = memrchr(start, ']', (size_t)(end - start));
    const char *level = memrchr(start, '>', (size_t)(end - start));

    if (bracket != NULL)
        start = bracket + 1;
    else if (level != NULL)
        start = level + 1;
    while (start < end && *start == ' ')
        start++;
    copy_text(report->task, start, end);
}

/* The value behind one of two keys, up to the next blank or comma. */
static struct word value_of(struct line_rest line, const char *key, const char *other)
{
    const char *at = find_text(line, key);
    size_t bytes = strlen(key);

    if (at == NULL) {
        at = find_text(line, other);
        bytes = strlen(other);
    }
    if (at == NULL)
        return (struct word){line.end, 0};
    at += bytes;
    const char *end = at;
    while (end < line.end && *end != ' ' && *end != ',')
        end++;
    return (struct word){at, (size_t)(end - at)};
}

static const struct {
    const char *text;
    enum oom_source source;
} request_heads[] = {
    {": page allocation failure", OOM_FAILURE},
    {": page allocation stalls for ", OOM_FAILURE},
    {" invoked oom-killer: ", OOM_KILLER},
    {"oom-killer: gfp_mask=", OOM_KILLER},
};

/* "ls: page allocation failure: order:3, mode:0xd0". Finds where the task ends; NULL: the line is
   of another kind. */
const char *oom_find_request(struct line_rest line, enum oom_source *source)
{
    for (size_t i = 0; i < sizeof request_heads / sizeof request_heads[0]; i++) {
        const char *head = find_text(line, request_heads[i].text);

        *source = request_heads[i].source;
        if (head != NULL)
            return head;
    }
    return NULL;
}

bool oom_take_request(struct oom_reader *reader, struct line_rest line, const char *head,
                      enum oom_source source)
{
    struct line_rest rest = {head, line.end};
    struct word number = value_of(rest, "order:", "order=");
    struct word gfp = value_of(rest, "mode:", "gfp_mask=");
    uint64_t order = 0;

    if (!oom_check_closed(reader))
        return false;
    oom_begin(reader, source);
    take_task(&reader->now, line.at, head);
    copy_text(reader->now.gfp, gfp.text, gfp.text + gfp.bytes);
    if (number.bytes > 0 && (!is_number(number, &order) || order > 63))
        return import_log_bad(reader->log, "a failed request of an order that is none: '%s'",
                              word_show(number).text);
    reader->now.order = (uint32_t)order;
    return true;
}
