#include <mm/pgtable.h>
#include <mm/tempmap.h>

#include "process_regions.h"
#include "user_pages.h"

static void copy_bytes(unsigned char *to, const unsigned char *from, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        to[i] = from[i];
}

/* Returns a temporary mapping of a page of the process, which gets a frame if it has none. Returns
   VADDR_NONE if the access is not allowed, or if no frame or no temporary mapping is free. */
static vaddr_t page_claim(struct mm *mm, struct process *process, uint32_t va)
{
    const uint32_t *entry = user_entry(process, va);

    if ((entry == NULL || (*entry & PTE_PRESENT) == 0) &&
        !process_page_in(mm, process, vaddr(va), 0))
        return VADDR_NONE;
    return tempmap_claim(mm, paddr_to_pfn(paddr(*user_entry(process, va))));
}

/* Copies from `in` to the process if `in` is not NULL, otherwise from the process to `out`. */
static bool process_copy(struct mm *mm, struct process *process, uint32_t va,
                         const unsigned char *in, unsigned char *out, uint32_t bytes)
{
    uint32_t part;

    for (uint32_t done = 0; done < bytes; done += part) {
        uint32_t offset = (va + done) & PAGE_OFFSET_MASK;
        part = bytes - done < PAGE_SIZE - offset ? bytes - done : PAGE_SIZE - offset;
        vaddr_t page = page_claim(mm, process, va + done);
        if (vaddr_is_none(page))
            return false;
        unsigned char *there = machine_pointer(vaddr_add(page, offset));
        if (in != NULL)
            copy_bytes(there, in + done, part);
        else
            copy_bytes(out + done, there, part);
        tempmap_release(mm, page);
    }
    return true;
}

/* Fails with a bad access if a part of the range is outside of user space. */
static bool check_span(struct mm *mm, const struct process *process, vaddr_t start, uint32_t bytes,
                       uint32_t error_code)
{
    if (user_space_holds(mm, start, bytes))
        return true;
    return process_fail_access(mm, process, start, error_code,
                               start.value < USER_START ? MM_ACCESS_NULL : MM_ACCESS_KERNEL);
}

static void check_call(const struct mm *mm, const struct process *process, vaddr_t start,
                       const void *buffer, uint32_t bytes, const char *call)
{
    process_assert_live(mm, process, call);
    if (bytes == 0)
        return;
    process_assert_range(start, bytes, call);
    if (buffer == NULL)
        machine_panic(call, "the kernel's side of the copy is NULL", bytes);
}

bool process_copy_in(struct mm *mm, struct process *process, vaddr_t to, const void *from,
                     uint32_t bytes)
{
    check_call(mm, process, to, from, bytes, __func__);
    return check_span(mm, process, to, bytes, FAULT_WRITE) &&
           process_copy(mm, process, to.value, from, NULL, bytes);
}

bool process_copy_out(struct mm *mm, struct process *process, void *to, vaddr_t from,
                      uint32_t bytes)
{
    check_call(mm, process, from, to, bytes, __func__);
    return check_span(mm, process, from, bytes, 0) &&
           process_copy(mm, process, from.value, NULL, to, bytes);
}
