/*
 * What a sweep writes down: one finished job is one JSON object on one line, complete in itself, so
 * that lines of many machines can be put together in any order.
 *
 *     {"trace": "a.mmb", "content": "16 hex digits", "strategy": "brk",
 *      "sources": "16 hex digits", and
 *      "ram_bytes": N, "requests": N, "failed": N, "digest": "16 hex digits"}    a point
 *      "ram_bytes": N, "passes": true | false}                                   a trial
 *      "least_ram_bytes": N | null, "range": {"from_bytes": A, "to_bytes": B,
 *       "step_bytes": S, "points": P}}                                           a least
 *
 * `content` tells traces of one name apart, `sources` programs (fingerprint.h). `digest` is null
 * where the machine had no room to begin.
 */
#ifndef LAB_SWEEP_LINE_H
#define LAB_SWEEP_LINE_H

#include "lab/sweep_range.h"
#include "replay/json.h"
#include "trace/error.h"

#define SWEEP_HEX_BYTES 17u /* 16 digits, terminated */

enum sweep_kind {
    SWEEP_POINT, /* a whole replay */
    SWEEP_LEAST, /* the end of a bisection; its range and points are part of its identity */
    SWEEP_TRIAL  /* a step of one: a replay up to its first failure */
};

struct sweep_line {
    enum sweep_kind kind;
    const char *trace;
    const char *strategy;
    char content[SWEEP_HEX_BYTES]; /* "": not known */
    char sources[SWEEP_HEX_BYTES]; /* "": not known */
    uint64_t ram_bytes;            /* of SWEEP_LEAST: the least RAM; 0: none in the range */
    uint64_t requests;             /* SWEEP_POINT */
    uint64_t failed;               /* of SWEEP_POINT; of SWEEP_TRIAL: 0 or 1 */
    char digest[SWEEP_HEX_BYTES];  /* of SWEEP_POINT; "": not known, or null */
    struct sweep_range range;      /* of SWEEP_LEAST; all 0: not known */
};

/* The `sources` of a line for a message, or that it has none. */
const char *sweep_line_sources(const struct sweep_line *line);

/* Write a line with its newline. */
void sweep_line_put(const struct text_out *out, const struct sweep_line *line);

/* The member `least_ram_bytes` of an object that is open, and `range` unless range has no points.
 */
void sweep_least_put(struct json *json, uint64_t least_ram_bytes, const struct sweep_range *range);

/* Called for each line of a file, with its number. The texts are valid during the call. Returns
 * false if the line cannot be taken; the error says why. */
typedef bool sweep_take(void *context, const struct sweep_line *line, uint64_t number,
                        struct sim_error *error);

/*
 * Read a file of such lines, or the one object of `sweep --json`. Each of its results is handed
 * over as lines, numbered by the line of the file where they stand. path may be "-", and the file
 * may be compressed. A last line without its newline that is not a whole object is left out,
 * because the sweep was killed while it wrote. Returns false with an error that names file, line
 * and reason, or the package that this build lacks.
 */
bool sweep_read(const char *path, sweep_take *take, void *context, struct sim_error *error);

/* The same for a file of lines only, to which a line can be added. */
bool sweep_read_lines(const char *path, sweep_take *take, void *context, struct sim_error *error);

#endif
