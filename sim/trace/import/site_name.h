/* Names of sites, out of words of a log. */
#ifndef TRACE_SITE_NAME_H
#define TRACE_SITE_NAME_H

#include "trace/text_fields.h"
#include "trace/trace_writer.h"

#define SITE_NAME_BYTES_MAX 128u /* what is longer is cut */

/* The site that is called prefix and name, by trace_writer_site(); SITE_NONE: both are empty.
   Blanks and control characters, which a name cannot hold, become underscores. */
uint32_t site_name_intern(struct trace_writer *writer, struct word prefix, struct word name);

#endif
