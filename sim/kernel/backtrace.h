/*
 * The calls that led to where a guest is: by the files' call frame information (.debug_frame or
 * .eh_frame, by libdw), and where an address has none, by the chain of EBP.
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
    bool is_return_address; /* else it is the instruction that comes next, or was interrupted */
};

/* The calls, the innermost first: EIP, then return addresses. Behind the handler of an exception
   comes the function that the exception interrupted. Stops where a frame is not plausible. Returns
   how many, at least 1. */
size_t backtrace_walk(const struct backtrace_guest *guest, struct call_frames *frames,
                      const struct symbols *symbols,
                      struct backtrace_call call[BACKTRACE_FRAMES_MAX]);

/* "page_remove+0x28 (pmap.c:412)"; "0xc0100000" for what has no name. Returns text. */
char *where_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                 char text[WHERE_BYTES]);

/* The same of a return address: of the call before it. */
char *where_caller_text(const struct symbols *symbols, struct lines *lines, uint32_t va,
                        char text[WHERE_BYTES]);

/* "#0 page_remove+0x28 (pmap.c:412)\n#1 ...\n" of backtrace_walk(); cut between lines where it does
   not fit. Returns text. */
char *backtrace_text(const struct backtrace_call *call, size_t count, const struct symbols *symbols,
                     struct lines *lines, char *text, size_t text_bytes);

#endif
