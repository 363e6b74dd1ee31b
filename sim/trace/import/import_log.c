#include "import_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

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
