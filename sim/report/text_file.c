#include "report/text_file.h"

#include "trace/trace_file.h"

static void put_to_file(void *context, const char *text, size_t bytes)
{
    fwrite(text, 1, bytes, context);
}

struct text_out text_out_to_file(FILE *file)
{
    return (struct text_out){put_to_file, file};
}

static void put_to_stream(void *context, const char *text, size_t bytes)
{
    stream_out_write(context, text, bytes);
}

struct text_out text_out_to_stream(struct stream_out *stream)
{
    return (struct text_out){put_to_stream, stream};
}

struct json json_begin_file(FILE *file)
{
    struct json json = json_to(text_out_to_file(file));

    json_begin_object(&json, NULL);
    return json;
}

void json_end_file(struct json *json)
{
    json_end_object(json);
    text_put(&json->out, "\n");
}

void json_put_u32_list(struct json *json, const char *key, const uint32_t values[], size_t count)
{
    json_begin_list(json, key);
    for (size_t i = 0; i < count; i++)
        json_put_u64(json, NULL, values[i]);
    json_end_list(json);
}

void json_put_u64_list(struct json *json, const char *key, const uint64_t values[], size_t count)
{
    json_begin_list(json, key);
    for (size_t i = 0; i < count; i++)
        json_put_u64(json, NULL, values[i]);
    json_end_list(json);
}

const char *site_name_of(void *context, uint32_t site)
{
    return trace_site_name(context, site);
}
