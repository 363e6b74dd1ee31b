/*
 * The caller of a function, by the call frame information that the compiler wrote (.debug_frame,
 * .eh_frame). libdw reads it; in a build without libdw nothing is found.
 */
#ifndef KERNEL_CALL_FRAMES_H
#define KERNEL_CALL_FRAMES_H

#include "kernel/control.h"
#include "kernel/elf_file.h"

struct call_frames; /* the information of one or several files */

/* Create an empty collection. Never returns NULL. */
struct call_frames *call_frames_create(void);

/* Add a file, which must outlive the collection. It is read at the first step. */
void call_frames_add(struct call_frames *frames, const struct elf_file *file);

void call_frames_destroy(struct call_frames *frames); /* NULL is ignored */

/* Reads guest memory at a virtual address. Returns false when a part is not mapped. */
typedef bool guest_reader(void *context, uint32_t va, void *bytes, size_t count);

/* The registers of a call in progress. The general registers are in the order of the hardware,
   which is also that of DWARF. */
struct call_state {
    uint32_t general[GENERAL_COUNT];
    uint32_t eip;
    bool is_return_address; /* EIP is after a call instruction; else at an instruction to be
                               executed */
};

/* Change a call's state to that of its caller. Returns false, with *state unchanged, when no file
   has information for the address, or when memory is not mapped. */
bool call_frames_step(struct call_frames *frames, struct call_state *state, guest_reader *read,
                      void *context);

#endif
