/*
 * A small address space for the tests of user memory, built directly from low frames. Its kernel
 * entries are copied from the kernel's directory, except the recursive entry, which is its own.
 *
 *     08048000  text, read-only       bfffd000  stack, three pages, writable
 *     08049000  data, writable        c0000000  kernel
 *
 * If user space ends elsewhere (mm->user_end), the stack ends there.
 */
#ifndef I386_USER_SPACE_H
#define I386_USER_SPACE_H

#include <mm/mm.h>
#include <mm/pgtable.h>

#define USER_DATA        (USER_TEXT + PAGE_SIZE)
#define USER_STACK       (USER_END - USER_STACK_BYTES) /* for the user_end drawn above */
#define USER_STACK_PAGES (USER_STACK_BYTES / PAGE_SIZE)

enum user_space_frame {
    SPACE_DIRECTORY,
    SPACE_TEXT_TABLE,
    SPACE_STACK_TABLE,
    SPACE_TEXT,
    SPACE_DATA,
    SPACE_STACK,
    SPACE_FRAMES = SPACE_STACK + USER_STACK_PAGES
};

struct user_space {
    pfn_t frame[SPACE_FRAMES];
};

/* Makes entry `index` of a table or directory map `page` with flags. */
static inline void user_space_set(const struct user_space *space, enum user_space_frame table,
                                  uint32_t index, enum user_space_frame page, uint32_t flags)
{
    machine_write_entry(&pgtable_entries(space->frame[table])[index],
                        pfn_to_paddr(space->frame[page]).value | flags);
}

/* Fills the directory and both tables. */
static inline void user_space_map(const struct mm *mm, const struct user_space *space)
{
    const uint32_t *kernel = pgtable_entries(paddr_to_pfn(mm->directory));
    vaddr_t stack = vaddr(mm->user_end - USER_STACK_BYTES);
    uint32_t *directory = pgtable_entries(space->frame[SPACE_DIRECTORY]);
    uint32_t readable = PTE_PRESENT | PTE_USER;
    uint32_t writable = readable | PTE_WRITABLE;

    for (uint32_t i = directory_index(vaddr(mm->user_end)); i < RECURSIVE_ENTRY; i++)
        machine_write_entry(&directory[i], kernel[i]);
    user_space_set(space, SPACE_DIRECTORY, RECURSIVE_ENTRY, SPACE_DIRECTORY,
                   PTE_PRESENT | PTE_WRITABLE);
    user_space_set(space, SPACE_DIRECTORY, directory_index(vaddr(USER_TEXT)), SPACE_TEXT_TABLE,
                   writable);
    user_space_set(space, SPACE_DIRECTORY, directory_index(stack), SPACE_STACK_TABLE, writable);
    user_space_set(space, SPACE_TEXT_TABLE, table_index(vaddr(USER_TEXT)), SPACE_TEXT, readable);
    user_space_set(space, SPACE_TEXT_TABLE, table_index(vaddr(USER_DATA)), SPACE_DATA, writable);
    for (uint32_t i = 0; i < USER_STACK_PAGES; i++)
        user_space_set(space, SPACE_STACK_TABLE, table_index(stack) + i, SPACE_STACK + i, writable);
}

/* Builds an address space whose text page starts with text[text_bytes], followed by zeros. Returns
   false, and allocates nothing, if too few low frames are free. Free it by user_space_destroy(). */
static inline bool user_space_create(struct mm *mm, struct user_space *space, const void *text,
                                     uint32_t text_bytes)
{
    for (uint32_t i = 0; i < SPACE_FRAMES; i++) {
        space->frame[i] = pages_alloc(mm, 0, PAGES_LOW);
        if (pfn_is_none(space->frame[i])) {
            while (i-- > 0)
                pages_free(mm, space->frame[i], 0);
            return false;
        }
        machine_zero_frame(space->frame[i]);
    }
    unsigned char *to = machine_pointer(direct_map_frame(space->frame[SPACE_TEXT]));
    for (uint32_t i = 0; i < text_bytes; i++)
        to[i] = ((const unsigned char *)text)[i];
    user_space_map(mm, space);
    return true;
}

/* Frees the frames. CR3 must not name this address space. */
static inline void user_space_destroy(struct mm *mm, const struct user_space *space)
{
    for (uint32_t i = 0; i < SPACE_FRAMES; i++)
        pages_free(mm, space->frame[i], 0);
}

#endif
