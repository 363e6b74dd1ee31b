#include "lab/sweep_line.h"

#ifdef HAVE_JANSSON
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "trace/memory.h"
#include "trace/stream_in.h"
#endif

#define EMPTY_IS_NULL(text) ((text)[0] != '\0' ? (text) : NULL)

const char *sweep_line_sources(const struct sweep_line *line)
{
    return line->sources[0] != '\0' ? line->sources : "not said";
}

void sweep_least_put(struct json *json, uint64_t least_ram_bytes, const struct sweep_range *range)
{
    json_put_optional(json, "least_ram_bytes", least_ram_bytes != 0, least_ram_bytes);
    if (range->points == 0)
        return;
    json_begin_object(json, "range");
    json_put_u64(json, "from_bytes", range->from_bytes);
    json_put_u64(json, "to_bytes", range->to_bytes);
    json_put_u64(json, "step_bytes", range->step_bytes);
    json_put_u64(json, "points", range->points);
    json_end_object(json);
}

static void put_result(struct json *json, const struct sweep_line *line)
{
    if (line->kind == SWEEP_LEAST) {
        sweep_least_put(json, line->ram_bytes, &line->range);
        return;
    }
    json_put_u64(json, "ram_bytes", line->ram_bytes);
    if (line->kind == SWEEP_TRIAL) {
        json_put_bool(json, "passes", line->failed == 0);
        return;
    }
    json_put_u64(json, "requests", line->requests);
    json_put_u64(json, "failed", line->failed);
    json_put_string(json, "digest", EMPTY_IS_NULL(line->digest));
}

void sweep_line_put(const struct text_out *out, const struct sweep_line *line)
{
    struct json json = json_to(*out);

    json_begin_object(&json, NULL);
    json_put_string(&json, "trace", line->trace);
    json_put_string(&json, "content", EMPTY_IS_NULL(line->content));
    json_put_string(&json, "strategy", line->strategy);
    json_put_string(&json, "sources", EMPTY_IS_NULL(line->sources));
    put_result(&json, line);
    json_end_object(&json);
    text_put(out, "\n");
}

/* ---- reading, by jansson ---- */

#ifdef HAVE_JANSSON

struct reading {
    const char *name; /* of the file */
    sweep_take *take;
    void *context;
    uint64_t number;     /* number of the line */
    const json_t *whole; /* the object of --json; its members hold for all its lines */
    struct sim_error *error;
};

static bool wrong(const struct reading *reading, const char *what)
{
    return sim_error_set(reading->error, "%s:%" PRIu64 ": %s", reading->name, reading->number,
                         what);
}

/* ---- members ---- */

/* Returns false if there is no such member, or it is not a count. */
static bool get_number(const json_t *object, const char *key, uint64_t *number)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *number = (uint64_t)json_integer_value(value);
    return true;
}

/* 16 digits; "" if the member is absent or null. */
static bool get_hex(const json_t *object, const char *key, char text[SWEEP_HEX_BYTES])
{
    const json_t *value = json_object_get(object, key);

    text[0] = '\0';
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_string(value) || json_string_length(value) != SWEEP_HEX_BYTES - 1u ||
        strspn(json_string_value(value), "0123456789abcdef") != SWEEP_HEX_BYTES - 1u)
        return false;
    strcpy(text, json_string_value(value));
    return true;
}

static bool get_point(const json_t *object, struct sweep_line *line)
{
    return get_number(object, "ram_bytes", &line->ram_bytes) && line->ram_bytes > 0 &&
           get_number(object, "requests", &line->requests) &&
           get_number(object, "failed", &line->failed) && line->failed <= line->requests &&
           get_hex(object, "digest", line->digest);
}

static bool get_trial(const json_t *object, struct sweep_line *line)
{
    const json_t *passes = json_object_get(object, "passes");

    line->failed = json_is_false(passes);
    return get_number(object, "ram_bytes", &line->ram_bytes) && json_is_boolean(passes);
}

static bool get_range(const json_t *range, struct sweep_range *into)
{
    uint64_t points;

    if (range == NULL)
        return true;
    if (!get_number(range, "from_bytes", &into->from_bytes) ||
        !get_number(range, "to_bytes", &into->to_bytes) ||
        !get_number(range, "step_bytes", &into->step_bytes) ||
        !get_number(range, "points", &points) || points == 0 || points > UINT32_MAX)
        return false;
    into->points = (uint32_t)points;
    return true;
}

static bool get_least(const json_t *object, struct sweep_line *line)
{
    bool none = json_is_null(json_object_get(object, "least_ram_bytes"));

    return (none ||
            (get_number(object, "least_ram_bytes", &line->ram_bytes) && line->ram_bytes > 0)) &&
           get_range(json_object_get(object, "range"), &line->range);
}

/* ---- lines ---- */

static bool get_identity(const struct reading *reading, const json_t *object,
                         struct sweep_line *line)
{
    line->trace = json_string_value(json_object_get(object, "trace"));
    line->strategy = json_string_value(json_object_get(object, "strategy"));
    if (line->trace == NULL || line->strategy == NULL)
        return wrong(reading,
                     "not a line of a sweep: expected an object with \"trace\" and \"strategy\"");
    if (!get_hex(object, "content", line->content))
        return wrong(reading, "\"content\" is not 16 hexadecimal digits");
    if (!get_hex(reading->whole != NULL ? reading->whole : object, "sources", line->sources))
        return wrong(reading, "\"sources\" is not 16 hexadecimal digits");
    return true;
}

static bool read_line(const struct reading *reading, const json_t *object)
{
    struct sweep_line line = {.kind = SWEEP_POINT};

    if (!get_identity(reading, object, &line))
        return false;
    if (json_object_get(object, "least_ram_bytes") != NULL) {
        line.kind = SWEEP_LEAST;
        if (!get_least(object, &line))
            return wrong(reading, "\"least_ram_bytes\" or \"range\" makes no sense");
    } else if (json_object_get(object, "passes") != NULL) {
        line.kind = SWEEP_TRIAL;
        if (!get_trial(object, &line))
            return wrong(reading, "\"passes\" or \"ram_bytes\" makes no sense");
    } else if (!get_point(object, &line)) {
        return wrong(reading,
                     "\"ram_bytes\", \"requests\", \"failed\" or \"digest\" is missing, or "
                     "makes no sense");
    }
    return reading->take(reading->context, &line, reading->number, reading->error);
}

/* ---- the object of --json ---- */

/* Read one result of the object: a line for each of its points, and one for its least RAM. */
static bool read_result(const struct reading *reading, const json_t *result)
{
    struct sweep_line line;
    json_t *points = json_object_get(result, "points");
    size_t i;
    json_t *point;

    if (!json_is_array(points))
        return wrong(reading, "a result without a list of \"points\"");
    if (json_object_get(result, "least_ram_bytes") != NULL && !read_line(reading, result))
        return false;
    json_array_foreach(points, i, point)
    {
        line = (struct sweep_line){.kind = SWEEP_POINT};
        if (!get_identity(reading, result, &line))
            return false;
        if (!get_point(point, &line))
            return wrong(reading, "a point without sound \"ram_bytes\", \"requests\", \"failed\"");
        if (!reading->take(reading->context, &line, reading->number, reading->error))
            return false;
    }
    return true;
}

static bool read_object(struct reading *reading, const json_t *object)
{
    json_t *results = json_object_get(object, "results");
    size_t i;
    json_t *result;

    if (!json_is_array(results))
        return wrong(reading, "\"results\" is not a list");
    json_array_foreach(results, i, result) if (!read_result(reading, result)) return false;
    return true;
}

/* ---- text ---- */

static bool read_all(const char *path, char **text, size_t *bytes, struct sim_error *error)
{
    struct stream_in in;
    size_t capacity = 0;
    size_t got;
    bool good;

    *text = NULL;
    *bytes = 0;
    if (!stream_in_open(&in, path, error))
        return false;
    do {
        *text = memory_reach(*text, &capacity, *bytes + 4096u, 1);
        good = stream_in_read(&in, *text + *bytes, capacity - *bytes, &got, error);
        *bytes += good ? got : 0;
    } while (good && got > 0);
    stream_in_close(&in);
    return good;
}

/* Reads the text of a file in one of the two forms. */
typedef bool read_form(struct reading *reading, const char *text, size_t bytes);

static bool is_blank(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        if (strchr(" \t\r\n", text[i]) == NULL || text[i] == '\0')
            return false;
    return true;
}

static bool read_lines(struct reading *reading, const char *text, size_t bytes)
{
    bool good = true;

    for (const char *end = text + bytes; text < end && good;) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = newline != NULL ? (size_t)(newline - text) : (size_t)(end - text);
        json_error_t what;
        json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &what);

        reading->number++;
        if (value != NULL)
            good = read_line(reading, value);
        else if (newline != NULL && !is_blank(text, length))
            good = wrong(reading, what.text);
        json_decref(value);
        text += length + 1u;
    }
    return good;
}

/* The object of --json may be spread over lines; each job is an object on one line. */
static bool read_text(struct reading *reading, const char *text, size_t bytes)
{
    json_error_t what;
    json_t *first = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &what);
    bool is_object = json_object_get(first, "results") != NULL;
    bool good = true;

    if (is_object) {
        reading->number = 1;
        reading->whole = first;
        good = read_object(reading, first);
        if (good && !is_blank(text + what.position, bytes - (size_t)what.position))
            good = wrong(reading, "something stands behind the object");
    }
    json_decref(first);
    return is_object ? good : read_lines(reading, text, bytes);
}

static bool read_file(const char *path, read_form *read, sweep_take *take, void *context,
                      struct sim_error *error)
{
    struct reading reading = {.name = strcmp(path, "-") == 0 ? "standard input" : path,
                              .take = take,
                              .context = context,
                              .error = error};
    char *text;
    size_t bytes;
    bool good = read_all(path, &text, &bytes, error) && read(&reading, text, bytes);

    free(text);
    return good;
}

bool sweep_read(const char *path, sweep_take *take, void *context, struct sim_error *error)
{
    return read_file(path, read_text, take, context, error);
}

bool sweep_read_lines(const char *path, sweep_take *take, void *context, struct sim_error *error)
{
    return read_file(path, read_lines, take, context, error);
}

#else

bool sweep_read_lines(const char *path, sweep_take *take, void *context, struct sim_error *error)
{
    return sweep_read(path, take, context, error);
}

bool sweep_read(const char *path, sweep_take *take, void *context, struct sim_error *error)
{
    (void)take;
    (void)context;
    return sim_error_set(error,
                         "%s: this program was built without jansson: install libjansson-dev and "
                         "pkg-config, and build again",
                         path);
}

#endif
