/*
 * Reads the text form:
 *
 *     mmtrace 1
 *     kmalloc ID BYTES [dma] [@SITE]        krealloc ID BYTES        kfree ID
 *     pages ID ORDER [dma|low|user] [@SITE]                          free_pages ID
 *     vmalloc ID BYTES [@SITE]                                       vfree ID
 *     process PID      map PID ADDR BYTES r|rw      unmap PID ADDR BYTES      touch PID ADDR r|w
 *     setbrk PID ADDR  exit PID
 *     mark TEXT
 *
 * One event a line; words are parted by blanks; a word that starts with # starts a comment, but in
 * a mark, whose text is what follows the one blank after the word, to the end of the line. Numbers
 * are decimal, or hexadecimal after 0x. The first line is "mmtrace 1". Lines may end in CR LF; the
 * last one ends in a newline too, so that a file which is cut short is noticed.
 */
#ifndef TRACE_TEXT_READER_H
#define TRACE_TEXT_READER_H

#include "stream_in.h"
#include "trace_writer.h"

/* Write every event of the text into writer. false: "FILE:LINE: reason". Memory grows with
   what is live. */
bool text_read(struct stream_in *in, struct trace_writer *writer, struct sim_error *error);

#endif
