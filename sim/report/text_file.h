/* Text and JSON written to a file of the host. */
#ifndef REPORT_TEXT_FILE_H
#define REPORT_TEXT_FILE_H

#include <stdio.h>

#include "replay/json.h"
#include "trace/stream_out.h"

struct text_out text_out_to_file(FILE *file);

/* Writes to a stream, which reports a failure when it is closed. */
struct text_out text_out_to_stream(struct stream_out *stream);

/* A writer whose outermost object is open. */
struct json json_begin_file(FILE *file);

/* Close the outermost object, and end its line. */
void json_end_file(struct json *json);

/* A list of the numbers. */
void json_put_u32_list(struct json *json, const char *key, const uint32_t values[], size_t count);
void json_put_u64_list(struct json *json, const char *key, const uint64_t values[], size_t count);

/* trace_site_name(), for the `site` of struct run_names; context is a struct trace. */
const char *site_name_of(void *context, uint32_t site);

#endif
