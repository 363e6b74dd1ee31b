#include "trace_pass.h"

#include "cpu_time.h"

#include <sys/stat.h>

static const uint8_t *take(void *context, uint32_t bytes, uint32_t *got)
{
    struct trace_pass *pass = context;
    uint64_t start = cpu_time_nanoseconds();
    size_t filled = 0;
    bool ok = stream_in_fill(&pass->in, pass->block, bytes, &filled, &pass->error);

    pass->nanoseconds += cpu_time_nanoseconds() - start;
    *got = (uint32_t)filled;
    return ok ? pass->block : NULL;
}

/* A plain file says how long the trace is. */
static uint64_t bytes_of(const struct stream_in *in)
{
    struct stat status;

    if (in->start < 0 || in->codec.compression != COMPRESSION_NONE || fstat(in->fd, &status) != 0)
        return TRACE_BYTES_UNKNOWN;
    return (uint64_t)(status.st_size - in->start);
}

bool trace_pass_begin(struct trace_pass *pass, struct trace_reader *reader)
{
    const struct trace_source source = {take, pass, bytes_of(&pass->in)};

    return trace_reader_init_source(reader, &source);
}
