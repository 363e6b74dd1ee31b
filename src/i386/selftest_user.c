#include "selftest.h"

#include "selectors.h"
#include "user.h"
#include "user_cases.h"
#include <mm/machine.h>

/* This many touches show a leak of stack or of anything else that entering ring 3 uses. */
#define TOUCHES 4000u

/* The code of each act. user_start_of() sets its registers. */
static const char *const act_entry[] = {
    [USER_READ] = user_access,
    [USER_WRITE] = user_store,
    [USER_JUMP] = user_jump,
    [USER_PUSH] = user_push,
    [USER_CLI] = user_disable_interrupts,
    [USER_CR3] = user_load_cr3,
    [USER_HLT] = user_halt,
    [USER_OUT] = user_port,
};

static struct user_start user_start_of(const struct mm *mm, const struct user_case *user_case)
{
    uint32_t below = user_case->act == USER_PUSH ? 4u : 0;

    return (struct user_start){.eip = user_entry(USER_TEXT, act_entry[user_case->act]),
                               .esp = mm->user_end,
                               .edx = user_case_address(user_case, mm->user_end) + below,
                               .ecx = ACCESS_READ8};
}

static const char *case_run(const struct mm *mm, const struct user_case *user_case)
{
    struct user_start start = user_start_of(mm, user_case);
    uint32_t vector = user_case->vector == USER_WORKS ? VECTOR_USER_DONE : user_case->vector;
    struct user_end end;

    user_run(&start, &end);
    if (end.vector != vector || end.error_code != user_case->error_code)
        return user_case->what;
    if (vector == VECTOR_PAGE_FAULT &&
        end.fault.va.value != user_case_address(user_case, mm->user_end))
        return user_case->what;
    return NULL;
}

static const char *check_cases(struct mm *mm)
{
    struct user_space space;
    uint32_t bytes = (uint32_t)(user_page_end - user_page);
    vaddr_t heap = kmalloc(mm, user_case_heap_bytes, PAGES_LOW);
    const char *broken = NULL;

    if (!user_space_create(mm, &space, user_page, bytes))
        return "no frames for an address space";
    machine_load_cr3(pfn_to_paddr(space.frame[SPACE_DIRECTORY]));
    for (uint32_t i = 0; i < USER_CASES && broken == NULL; i++)
        broken = case_run(mm, &user_cases[i]);
    machine_load_cr3(mm->directory);
    user_space_destroy(mm, &space);
    kfree(mm, heap);
    return broken;
}

/* machine_user_touch() and machine_touch() work in the kernel's address space. */
static const char *check_touches(void)
{
    for (uint32_t i = 0; i < TOUCHES; i++) {
        if (!machine_user_touch(vaddr(MACHINE_PAGE), false))
            return "ring 3 cannot read the page that it runs in";
        if (machine_user_touch(vaddr(MACHINE_PAGE), true))
            return "ring 3 writes to the page that it runs in";
        if (machine_user_touch(vaddr(DIRECT_MAP_BASE), false))
            return "ring 3 reads the direct map";
        if (!machine_touch(vaddr(DIRECT_MAP_BASE), false))
            return "the kernel cannot read the direct map";
    }
    return NULL;
}

static struct mm mm;

const char *selftest_user(const struct strategy *strategy, const struct memmap *map)
{
    if (!mm_init(&mm, strategy, map))
        return "the memory map has no room for its metadata";
    user_page_map(&mm);
    uint32_t frames_used = mm.counters.frames_used;
    const char *broken = check_cases(&mm);
    if (broken == NULL)
        broken = check_touches();
    if (broken == NULL)
        broken = mm_check(&mm);
    if (broken == NULL && mm.counters.frames_used != frames_used)
        broken = "frames are lost";
    mm_exit(&mm);
    return broken;
}
