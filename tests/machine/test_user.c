/* Runs the image's table of cases of what ring 3 may access, on the simulator. The image runs the
 * same table on a real CPU. */
#include "i386/user_cases.h"
#include "support/model_mm.h"
#include "support/test.h"

static struct mm mm;

static bool act(const struct user_case *user_case, vaddr_t va)
{
    uint8_t byte;

    switch (user_case->act) {
    case USER_WRITE:
        return machine_store8(va, true, 0);
    case USER_PUSH:
        return machine_store32(va, true, 0);
    default: /* the instruction fetch of a jump is a read */
        return machine_load8(va, true, &byte);
    }
}

static void run_case(const struct user_case *user_case)
{
    vaddr_t va = vaddr(user_case_address(user_case, mm.user_end));

    if (act(user_case, va) != (user_case->vector == USER_WORKS))
        fail_msg("%s: %s", user_case->what,
                 user_case->vector == USER_WORKS ? "faults, but must work"
                                                 : "works, but must fault");
    if (user_case->vector == USER_WORKS)
        return;
    if (machine_current->error_code != user_case->error_code)
        fail_msg("%s: the error code is %x, not %x", user_case->what, machine_current->error_code,
                 user_case->error_code);
    if (machine_read_cr2().value != va.value)
        fail_msg("%s: CR2 is %08x, not %08x", user_case->what, machine_read_cr2().value, va.value);
}

MM_TEST(ring_3_may_access_what_the_image_allows)
{
    struct user_space space;

    model_start(&mm, strategy, 64 * MIB);
    vaddr_t heap = kmalloc(&mm, user_case_heap_bytes, PAGES_LOW);
    assert_true(user_space_create(&mm, &space, "", 1));
    machine_load_cr3(pfn_to_paddr(space.frame[SPACE_DIRECTORY]));
    for (size_t i = 0; i < USER_CASES; i++)
        if (user_cases[i].act < USER_ACTS_ON_MEMORY)
            run_case(&user_cases[i]);
    machine_load_cr3(mm.directory);
    user_space_destroy(&mm, &space);
    kfree(&mm, heap);
    assert_frames_conserved(&mm);
    model_stop(&mm);
}
