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
 * Each line has one event. Words are separated by blanks. A word that starts with # starts a
 * comment, except in a mark, whose text begins behind the one blank after the word and ends with
 * the line. Numbers are decimal, or hexadecimal after 0x. The first line is "mmtrace 1". Lines may
 * end in CR LF. The last line must end in a newline, so that a file which is cut short is noticed.
 */
#ifndef TRACE_TEXT_READER_H
#define TRACE_TEXT_READER_H

#include "stream_in.h"
#include "trace_writer.h"

/* Writes every event of the text into writer. false: the error is "FILE:LINE: reason". Memory grows
   with what is live. */
bool text_read(struct stream_in *in, struct trace_writer *writer, struct sim_error *error);

#endif
