#include "user.h"

#include "selectors.h"
#include <mm/machine.h>
#include <mm/pgtable.h>

#define EFLAGS_FIXED 0x2u /* bit 1 is always set; IOPL and IF are 0 */

/* The task state segment (Intel SDM vol. 3A, 7.2.1). Only the stack for traps is used. */
struct task_state {
    uint32_t link;
    uint32_t esp0, ss0;
    uint32_t others[22];
    uint16_t debug;
    uint16_t io_map; /* the segment's end, so there is no map, and ring 3 cannot use ports */
};
_Static_assert(sizeof(struct task_state) == 104, "the CPU reads a structure of this size");
_Static_assert(offsetof(struct task_state, esp0) == TASK_ESP0,
               "trap_entries.S reads ESP0 at this offset");

/* The type bits of a descriptor (Intel SDM vol. 3A, 7.2.2): a present, available 32-bit task
   state. */
#define TASK_DESCRIPTOR UINT64_C(0x0000890000000000)

/* boot.S */
extern uint64_t descriptor_table[];

/* trap_entries.S */
extern struct task_state task_state;
void trap_enter_user(const struct trap_frame *frame);
_Noreturn void trap_leave_user(void);

struct task_state task_state = {.ss0 = DATA_SELECTOR, .io_map = sizeof(struct task_state)};

/* Set by the trap that leaves ring 3, read by the user_run() that it returns to. */
static struct user_end last_end;

/* The address at which access_user() runs its code, or 0 while it does not run. */
static uint32_t access_eip;

void user_init(void)
{
    uint64_t base = (uint32_t)(uintptr_t)&task_state;

    descriptor_table[TASK_SELECTOR / 8] =
        TASK_DESCRIPTOR | (sizeof task_state - 1u) | (base & 0xffffffu) << 16 | (base >> 24) << 56;
    __asm__ volatile("ltr %w0" : : "r"(TASK_SELECTOR) : "memory");
}

void user_page_map(struct mm *mm)
{
    uint32_t *entries = machine_pointer(mm->tempmap_table);
    uint32_t frame = direct_map_inverse(vaddr((uint32_t)(uintptr_t)user_page)).value;

    machine_write_entry(&entries[table_index(vaddr(MACHINE_PAGE))],
                        frame | PTE_PRESENT | PTE_USER | PTE_ACCESSED);
}

void user_run(const struct user_start *start, struct user_end *end)
{
    struct trap_frame frame = {
        .es = USER_DATA_SELECTOR,
        .ds = USER_DATA_SELECTOR,
        .edx = start->edx,
        .ecx = start->ecx,
        .eip = start->eip,
        .cs = USER_CODE_SELECTOR,
        .eflags = EFLAGS_FIXED,
        .user_esp = start->esp,
        .user_ss = USER_DATA_SELECTOR,
    };

    trap_enter_user(&frame);
    *end = last_end;
}

_Noreturn void user_end_at(const struct trap_frame *frame)
{
    last_end = (struct user_end){.vector = frame->vector,
                                 .error_code = frame->error_code,
                                 .fault = traps_last_fault(),
                                 .eip = frame->eip,
                                 .eax = frame->eax};
    trap_leave_user();
}

bool user_access_writes(const struct trap_frame *frame)
{
    uint32_t bytes = (uint32_t)(user_access_end - user_access);

    return access_eip != 0 && frame->eip - access_eip < bytes && frame->ecx == ACCESS_WRITE8;
}

bool access_user(uint32_t code_page, uint32_t va, uint32_t kind, uint32_t *value)
{
    struct user_start start = {.eip = user_entry(code_page, user_access), .edx = va, .ecx = kind};
    uint32_t outer_eip = access_eip;
    struct user_end end;

    access_eip = start.eip;
    user_run(&start, &end);
    access_eip = outer_eip;
    if (end.vector == VECTOR_USER_DONE) {
        *value = end.eax;
        return true;
    }
    if (end.vector != VECTOR_PAGE_FAULT || end.eip == start.eip)
        machine_panic(__func__, "the page of user code is not mapped at", code_page);
    return false;
}

bool access_user_touch(uint32_t va, bool write)
{
    uint32_t value;

    return access_user(MACHINE_PAGE, va, write ? ACCESS_WRITE8 : ACCESS_READ8, &value);
}
