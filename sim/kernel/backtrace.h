/*
 * Backtraces of a guest: the calls that are in progress. They are found by the call frame
 * information of the guest's files (.debug_frame or .eh_frame, read by libdw), and for an address
 * that has none by the chain of EBP.
 */
#ifndef KERNEL_BACKTRACE_H
#define KERNEL_BACKTRACE_H

#include "kernel/call_frames.h"
#include "kernel/lines.h"
#include "kernel/symbols.h"

#define BACKTRACE_FRAMES_MAX 64u
#define WHERE_BYTES          512u

struct backtrace_guest {
    struct call_state state;
    const struct control_exception *handled; /* NULL: no exception is being handled */
    guest_reader *read;
    void *context;
};

struct backtrace_call {
    uint32_t eip;
    bool is_return_address; /* else the address of the next instruction, or of an interrupted one */
};

/* Find the calls, the innermost first: EIP, then return addresses. The handler of an exception is
   followed by the function that the exception interrupted. The walk stops at an implausible frame.
   Returns the number of calls, at least 1. O(calls). */
size_t backtrace_walk(const struct backtrace_guest *guest, struct call_frames *frames,
                      const struct symbols *symbols,
                      struct backtrace_call call[BACKTRACE_FRAMES_MAX]);

/* Write "page_remove+0x28 (pmap.c:412)", or "0xc0100000" for an address without a name. Returns
   text. */
char *where_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                 char text[WHERE_BYTES]);

/* The same for a return address: describes the call before it. */
char *where_caller_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                        char text[WHERE_BYTES]);

/* Write the calls as "#0 page_remove+0x28 (pmap.c:412)\n#1 ...\n"; text that does not fit is cut
   after a whole line. Returns text. */
char *backtrace_text(const struct backtrace_call *call, size_t count, const struct symbols *symbols,
                     struct lines *lines, char *text, size_t text_bytes);

#endif
