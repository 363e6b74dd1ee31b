/* Binary traces that the trace writer would refuse: the checksums are right, the content may make
 * no sense. */
#ifndef SUPPORT_RAW_TRACE_H
#define SUPPORT_RAW_TRACE_H

#include "replay/trace_format.h"

#include <stddef.h>

/* The size of a trace whose one block has a payload of payload_bytes. */
#define RAW_TRACE_BYTES(payload_bytes) (sizeof(struct trace_header) + 8u + (payload_bytes) + 8u)

/* The offset of the payload. */
#define RAW_TRACE_PAYLOAD (sizeof(struct trace_header) + 8u)

/*
 * Makes a trace of one block. Magic, version and checksums are filled in; the other fields of the
 * header are taken as given. Returns the size of the trace.
 */
size_t raw_trace_make(uint8_t *out, struct trace_header header, const uint8_t *payload,
                      uint32_t payload_bytes);

#endif
