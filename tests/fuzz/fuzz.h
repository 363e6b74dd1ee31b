/*
 * Fuzzing: what must hold of everything that reads a file, whatever is in it. A target is given
 * bytes, hands them to one reader, and asserts what that may make of them. libFuzzer looks for
 * bytes that break a target (`make fuzz`); those that once did are kept in corpus/, where
 * test_corpus.c gives them to their target again.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fuzz_target {
    const char *name; /* of its folder in corpus/, and of the importer where it is one */
    void (*run)(const char *name, const uint8_t *data, size_t bytes);
};

/* All of them; ended by one whose name is NULL. */
extern const struct fuzz_target fuzz_targets[];

/* NULL: there is none of this name. */
const struct fuzz_target *fuzz_target_find(const char *name);

void fuzz_import(const char *name, const uint8_t *data, size_t bytes);  /* a log */
void fuzz_trace(const char *name, const uint8_t *data, size_t bytes);   /* a file in any form */
void fuzz_records(const char *name, const uint8_t *data, size_t bytes); /* a payload, which gets
                                                                           a header and checksums */
void fuzz_sweep(const char *name, const uint8_t *data, size_t bytes);
void fuzz_series(const char *name, const uint8_t *data, size_t bytes);
void fuzz_history(const char *name, const uint8_t *data, size_t bytes); /* a history, or a trace to
                                                                          record one of */
void fuzz_memmap(const char *name, const uint8_t *data, size_t bytes);
void fuzz_dump(const char *name, const uint8_t *data, size_t bytes); /* u32 CR3, CR4 with the mode
                                                                        in bits 31-29, address; a
                                                                        dump */
void fuzz_kernel_elf(const char *name, const uint8_t *data, size_t bytes);
void fuzz_words(const char *name, const uint8_t *data, size_t bytes); /* of the command line */

#endif
