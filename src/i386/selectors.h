/* The segment selectors of boot.S's descriptor table, for C and for the assembler. */
#ifndef I386_SELECTORS_H
#define I386_SELECTORS_H

#define CODE_SELECTOR      0x08
#define DATA_SELECTOR      0x10
#define USER_CODE_SELECTOR 0x1b /* with the requested privilege, 3 */
#define USER_DATA_SELECTOR 0x23
#define TASK_SELECTOR      0x28

/* The interrupt by which code in ring 3 ends: the first vector after the exceptions. */
#define VECTOR_USER_DONE 32

/* Offset in the task state of the stack pointer for traps from ring 3. */
#define TASK_ESP0 4

#endif
