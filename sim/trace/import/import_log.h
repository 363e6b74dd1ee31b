/* The log that an importer reads, line by line. */
#ifndef TRACE_IMPORT_LOG_H
#define TRACE_IMPORT_LOG_H

#include "import.h"
#include "trace/line_reader.h"
#include "trace/text_fields.h"

struct import_log {
    struct line_reader lines;
    bool lenient;
    uint64_t skipped; /* bad lines; lenient alone gets past one */
    char reason[384]; /* what is wrong with the line: import_log_bad() */
};

/* Take one line in, `importer` being the one that reads: its text without newline and carriage
   return. false after import_log_bad(): it makes no sense. */
typedef bool import_log_taker(void *importer, struct line_rest line);

/* As printf: why a line makes no sense. Returns false. */
__attribute__((format(printf, 2, 3))) bool import_log_bad(struct import_log *log,
                                                          const char *format, ...);

/* The last line that was given to the taker ended without a newline, and may be half of one:
   false after import_log_bad(). */
bool import_log_check_end(struct import_log *log);

/*
 * Give every line of `in` to take. false: a read error, or a bad line unless options->lenient; the
 * error names file, line and reason.
 */
bool import_log_read(struct import_log *log, struct stream_in *in,
                     const struct import_options *options, import_log_taker *take, void *importer,
                     struct sim_error *error);

#endif
