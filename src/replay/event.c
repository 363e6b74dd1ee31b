#include "event.h"

const char *event_name(enum event_kind kind)
{
    static const char *const names[EVENT_KIND_COUNT] = {
        [EVENT_KMALLOC] = "kmalloc",
        [EVENT_KREALLOC] = "krealloc",
        [EVENT_KFREE] = "kfree",
        [EVENT_PAGES] = "pages",
        [EVENT_FREE_PAGES] = "free_pages",
        [EVENT_VMALLOC] = "vmalloc",
        [EVENT_VFREE] = "vfree",
        [EVENT_PROCESS] = "process",
        [EVENT_MAP] = "map",
        [EVENT_UNMAP] = "unmap",
        [EVENT_TOUCH] = "touch",
        [EVENT_SETBRK] = "setbrk",
        [EVENT_EXIT] = "exit",
        [EVENT_MARK] = "mark",
    };

    return names[kind];
}

#define OF_KMALLOC "only what kmalloc made can be resized or freed by kfree"
#define OF_PAGES   "only what pages made can be freed by free_pages"
#define OF_VMALLOC "only what vmalloc made can be freed by vfree"

const struct event_rule event_rules[EVENT_KIND_COUNT] = {
    [EVENT_KMALLOC] = {EFFECT_CREATE, EVENT_KMALLOC, NULL},
    [EVENT_KREALLOC] = {EFFECT_RESIZE, EVENT_KMALLOC, OF_KMALLOC},
    [EVENT_KFREE] = {EFFECT_END, EVENT_KMALLOC, OF_KMALLOC},
    [EVENT_PAGES] = {EFFECT_CREATE, EVENT_PAGES, NULL},
    [EVENT_FREE_PAGES] = {EFFECT_END, EVENT_PAGES, OF_PAGES},
    [EVENT_VMALLOC] = {EFFECT_CREATE, EVENT_VMALLOC, NULL},
    [EVENT_VFREE] = {EFFECT_END, EVENT_VMALLOC, OF_VMALLOC},
    [EVENT_PROCESS] = {EFFECT_CREATE, EVENT_PROCESS, NULL},
    [EVENT_MAP] = {EFFECT_USE, EVENT_PROCESS, NULL},
    [EVENT_UNMAP] = {EFFECT_USE, EVENT_PROCESS, NULL},
    [EVENT_TOUCH] = {EFFECT_USE, EVENT_PROCESS, NULL},
    [EVENT_SETBRK] = {EFFECT_USE, EVENT_PROCESS, NULL},
    [EVENT_EXIT] = {EFFECT_END, EVENT_PROCESS, NULL},
    [EVENT_MARK] = {EFFECT_NONE, 0, NULL},
};

const char *event_fault_of_slot(const struct event *event, enum event_fault fault)
{
    bool process = event_is_of_process(event);

    if (fault == EVENT_SUBJECT_EXISTS)
        return process ? "process in a slot that is in use"
                       : "allocation into a slot that is in use";
    if (fault == EVENT_SUBJECT_MISSING)
        return process ? "slot holds no process" : "slot holds no allocation";
    return fault == EVENT_MISMATCH ? "slot holds another kind of allocation" : NULL;
}

const char *event_fault_of_id(const struct event *event, enum event_fault fault)
{
    bool process = event_is_of_process(event);

    if (fault == EVENT_SUBJECT_EXISTS)
        return process ? "the PID is in use" : "the ID is in use";
    if (fault == EVENT_SUBJECT_MISSING)
        return process ? "no process with this PID" : "no live allocation with this ID";
    return fault == EVENT_MISMATCH ? event_rules[event->kind].mismatch : NULL;
}
