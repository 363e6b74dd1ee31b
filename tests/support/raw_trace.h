/* Binary traces made by hand, for what the trace writer would refuse: sound to the last checksum,
 * and without sense. */
#ifndef SUPPORT_RAW_TRACE_H
#define SUPPORT_RAW_TRACE_H

#include "replay/trace_format.h"

#include <stddef.h>

/* Bytes of a trace whose one block has a payload of payload_bytes. */
#define RAW_TRACE_BYTES(payload_bytes) (sizeof(struct trace_header) + 8u + (payload_bytes) + 8u)

/* Where the payload begins. */
#define RAW_TRACE_PAYLOAD (sizeof(struct trace_header) + 8u)

/*
 * A trace of one block: magic, version and checksums are made, the other fields of the header are
 * taken as they are. Returns its bytes.
 */
size_t raw_trace_make(uint8_t *out, struct trace_header header, const uint8_t *payload,
                      uint32_t payload_bytes);

#endif
