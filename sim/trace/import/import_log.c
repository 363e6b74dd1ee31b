#include "import_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool import_log_bad(struct import_log *log, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(log->reason, sizeof(log->reason), format, arguments);
    va_end(arguments);
    return false;
}

bool import_log_check_end(struct import_log *log)
{
    return !log->lines.unterminated ||
           import_log_bad(log, "cut short: the last line does not end in a newline");
}

/* Removes the codes that colour text on a terminal: "\033[1;33m". Returns how many bytes are left.
 */
static size_t remove_colours(char *line, size_t bytes)
{
    const char *end = line + bytes;
    char *to = memchr(line, '\033', bytes);

    for (const char *at = to; at != NULL && at < end; at++) {
        const char *code = at + 2;

        if (*at == '\033' && code < end && at[1] == '[') {
            while (code < end && (*code == ';' || (*code >= '0' && *code <= '9')))
                code++;
            if (code < end && *code == 'm') {
                at = code;
                continue;
            }
        }
        *to++ = *at;
    }
    return to != NULL ? (size_t)(to - line) : bytes;
}

static bool read_lines(struct import_log *log, import_log_taker *take, void *importer,
                       struct sim_error *error)
{
    char *line;
    size_t bytes;

    for (;;) {
        if (!line_reader_next(&log->lines, &line, &bytes, error))
            return false;
        if (line == NULL)
            return true;
        if (bytes > 0 && line[bytes - 1] == '\r')
            bytes--;
        bytes = remove_colours(line, bytes);
        if (take(importer, (struct line_rest){line, line + bytes}))
            continue;
        if (!log->lenient)
            return sim_error_set(error, "%s:%" PRIu64 ": %s", log->lines.in->name,
                                 log->lines.number, log->reason);
        if (log->skipped++ == 0)
            snprintf(log->first_skipped, sizeof(log->first_skipped), "line %" PRIu64 ": %s",
                     log->lines.number, log->reason);
    }
}

bool import_log_read(struct import_log *log, struct stream_in *in,
                     const struct import_options *options, import_log_taker *take, void *importer,
                     struct sim_error *error)
{
    bool ok;

    *log = (struct import_log){.lenient = options->lenient};
    line_reader_open(&log->lines, in);
    ok = read_lines(log, take, importer, error);
    line_reader_close(&log->lines);
    return ok;
}
