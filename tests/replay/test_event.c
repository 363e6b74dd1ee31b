/* Tests the rules of which events make sense, and the reasons for which an event does not. */
#include "replay/event.h"
#include "support/test.h"

#include <string.h>

static void assert_text(const char *text, const char *expected)
{
    assert_int_equal(text == NULL, expected == NULL);
    if (expected != NULL)
        assert_string_equal(text, expected);
}

TEST(each_fault_has_a_reason_in_both_forms)
{
    static const struct {
        uint8_t kind;
        uint32_t creator; /* of what the slot holds; 0: the slot is empty */
        enum event_fault fault;
        const char *of_slot;
        const char *of_id;
    } cases[] = {
        {EVENT_KMALLOC, 0, EVENT_SENSIBLE, NULL, NULL},
        {EVENT_KMALLOC, EVENT_KMALLOC, EVENT_SUBJECT_EXISTS,
         "allocation into a slot that is in use", "the ID is in use"},
        {EVENT_PROCESS, EVENT_PROCESS, EVENT_SUBJECT_EXISTS, "process in a slot that is in use",
         "the PID is in use"},
        {EVENT_KFREE, 0, EVENT_SUBJECT_MISSING, "slot holds no allocation",
         "no live allocation with this ID"},
        {EVENT_TOUCH, 0, EVENT_SUBJECT_MISSING, "slot holds no process",
         "no process with this PID"},
        {EVENT_KFREE, EVENT_PAGES, EVENT_MISMATCH, "slot holds another kind of allocation",
         "only what kmalloc made can be resized or freed by kfree"},
        {EVENT_KFREE, EVENT_KMALLOC, EVENT_SENSIBLE, NULL, NULL},
        {EVENT_EXIT, EVENT_PROCESS, EVENT_SENSIBLE, NULL, NULL},
        {EVENT_MARK, EVENT_PAGES, EVENT_SENSIBLE, NULL, NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct event event = {.kind = cases[i].kind};

        assert_int_equal(event_check(&event, cases[i].creator), cases[i].fault);
        assert_text(event_fault_of_slot(&event, cases[i].fault), cases[i].of_slot);
        assert_text(event_fault_of_id(&event, cases[i].fault), cases[i].of_id);
    }
}

/* The text names the calls whose block the event could have taken. */
TEST(a_mismatch_names_what_the_event_needs)
{
    for (uint32_t kind = 0; kind < EVENT_KIND_COUNT; kind++) {
        const struct event event = {.kind = (uint8_t)kind};
        bool takes_allocation = event_rules[kind].effect != EFFECT_NONE &&
                                event_rules[kind].effect != EFFECT_CREATE &&
                                !event_is_of_process(&event);

        assert_int_equal(event_fault_of_id(&event, EVENT_MISMATCH) != NULL, takes_allocation);
    }
}
