/*
 * How a function's caller is found: what the compiler wrote about each function's frame
 * (.debug_frame, .eh_frame), read by libdw. Without the library there is none.
 */
#ifndef KERNEL_CALL_FRAMES_H
#define KERNEL_CALL_FRAMES_H

#include "kernel/control.h"
#include "kernel/elf_file.h"

struct call_frames; /* of one or several files */

/* Never NULL. */
struct call_frames *call_frames_create(void);

/* The file outlives the frames. It is read at the first step. */
void call_frames_add(struct call_frames *frames, const struct elf_file *file);

void call_frames_destroy(struct call_frames *frames); /* NULL is ignored */

/* Guest memory by virtual address. false: not all of it is there. */
typedef bool guest_reader(void *context, uint32_t va, void *bytes, size_t count);

/* A call in progress. The order of the general registers is that of DWARF, too. */
struct call_state {
    uint32_t general[GENERAL_COUNT];
    uint32_t eip;
    bool is_return_address; /* EIP is behind a call; else it is at an instruction to be executed */
};

/* Make a call's state that of its caller. false: the files say nothing of this address, or memory
   is not there; *state is as before. */
bool call_frames_step(struct call_frames *frames, struct call_state *state, guest_reader *read,
                      void *context);

#endif
