/* Reads a log line by line. */
#ifndef TRACE_IMPORT_LOG_H
#define TRACE_IMPORT_LOG_H

#include "import.h"
#include "trace/text_fields.h"

struct import_log {
    struct line_reader lines;
    bool lenient;
    uint64_t skipped; /* bad lines, which only a lenient import skips */
    char reason[384]; /* what is wrong with the line: set by import_log_bad() */
    char first_skipped[IMPORT_SKIPPED_BYTES];
};

/* Handles one line, without newline and carriage return. false after import_log_bad(): the line
   makes no sense. */
typedef bool import_log_taker(void *importer, struct line_rest line);

/* Sets the reason why a line makes no sense, as printf does. Returns false. */
__attribute__((format(printf, 2, 3))) bool import_log_bad(struct import_log *log,
                                                          const char *format, ...);

/* false after import_log_bad(): the line has no newline, and may be cut short. */
bool import_log_check_end(struct import_log *log);

/*
 * Calls take for every line of `in`. false: `in` cannot be read, or a line is bad and the import is
 * not lenient. The error names file, line and reason.
 */
bool import_log_read(struct import_log *log, struct stream_in *in,
                     const struct import_options *options, import_log_taker *take, void *importer,
                     struct sim_error *error);

#endif
