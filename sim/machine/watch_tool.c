#include "machine/watch_tool.h"

#include <stdio.h>

#if defined(__has_include) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define RUNNING_ON_VALGRIND                                        0
#define VALGRIND_MAKE_MEM_NOACCESS(address, bytes)                 ((void)(address), (void)(bytes))
#define VALGRIND_MAKE_MEM_DEFINED(address, bytes)                  ((void)(address), (void)(bytes), 0)
#define VALGRIND_MALLOCLIKE_BLOCK(address, bytes, zone, is_zeroed) ((void)(address), (void)(bytes))
#define VALGRIND_FREELIKE_BLOCK(address, zone)                     ((void)(address))
#define VALGRIND_RESIZEINPLACE_BLOCK(address, old, new, zone)                                      \
    ((void)(address), (void)(old), (void)(new))
#define VALGRIND_GET_VBITS(address, bits, bytes) ((void)(address), (void)(bits), 0)
#define VALGRIND_SET_VBITS(address, bits, bytes) ((void)(address), (void)(bits), 0)
#define VALGRIND_DISABLE_ERROR_REPORTING         ((void)0)
#define VALGRIND_ENABLE_ERROR_REPORTING          ((void)0)
#endif

/* The functions of ASan that are used here; all are NULL in a process without ASan. */
#define OF_ASAN __attribute__((weak)) extern

OF_ASAN void __asan_poison_memory_region(void const volatile *address, size_t bytes);
OF_ASAN void __asan_unpoison_memory_region(void const volatile *address, size_t bytes);
OF_ASAN void __asan_set_error_report_callback(void (*report)(const char *text));
OF_ASAN void *__asan_get_report_address(void);
OF_ASAN void __sanitizer_symbolize_pc(void *pc, const char *format, char *text, size_t room);

/* A memory manager that is compiled with AddressSanitizer would be reported for reads of its own
   headers, so such a library tells ASan nothing. */
#if defined(__has_feature)
#define HAS_FEATURE(feature) __has_feature(feature)
#else
#define HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer)
#define COMPILED_BY_ASAN true
#else
#define COMPILED_BY_ASAN false
#endif

enum watch_tool watch_tool_find(void)
{
    unsigned char probe;

    /* Only memcheck, of all tools of Valgrind, answers this. */
    if (RUNNING_ON_VALGRIND && VALGRIND_MAKE_MEM_DEFINED(&probe, sizeof probe) != 0)
        return WATCH_TOOL_VALGRIND;
    return !COMPILED_BY_ASAN && __asan_poison_memory_region != NULL ? WATCH_TOOL_ASAN
                                                                    : WATCH_TOOL_NONE;
}

void watch_tool_close(enum watch_tool tool, void *address, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        (void)VALGRIND_MAKE_MEM_NOACCESS(address, bytes);
    else if (tool == WATCH_TOOL_ASAN)
        __asan_poison_memory_region(address, bytes);
}

void watch_tool_open(enum watch_tool tool, void *address, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        (void)VALGRIND_MAKE_MEM_DEFINED(address, bytes);
    else if (tool == WATCH_TOOL_ASAN)
        __asan_unpoison_memory_region(address, bytes);
}

void watch_tool_block_begin(enum watch_tool tool, void *address, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        VALGRIND_MALLOCLIKE_BLOCK(address, bytes, 0, false);
    else
        watch_tool_open(tool, address, bytes);
}

void watch_tool_block_end(enum watch_tool tool, void *address, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        VALGRIND_FREELIKE_BLOCK(address, 0);
    else
        watch_tool_close(tool, address, bytes);
}

void watch_tool_block_resize(enum watch_tool tool, void *address, size_t old_bytes, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND) {
        VALGRIND_RESIZEINPLACE_BLOCK(address, old_bytes, bytes, 0);
        return;
    }
    watch_tool_close(tool, address, old_bytes);
    watch_tool_open(tool, address, bytes);
}

void watch_tool_read_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        (void)VALGRIND_GET_VBITS(address, bits, bytes);
}

void watch_tool_write_bits(enum watch_tool tool, void *address, unsigned char *bits, size_t bytes)
{
    if (tool == WATCH_TOOL_VALGRIND)
        (void)VALGRIND_SET_VBITS(address, bits, bytes);
}

void watch_tool_reports_off(enum watch_tool tool)
{
    if (tool == WATCH_TOOL_VALGRIND)
        VALGRIND_DISABLE_ERROR_REPORTING;
}

void watch_tool_reports_on(enum watch_tool tool)
{
    if (tool == WATCH_TOOL_VALGRIND)
        VALGRIND_ENABLE_ERROR_REPORTING;
}

static void (*print_more)(const void *address);

static void on_asan_report(const char *text)
{
    (void)text;
    print_more(__asan_get_report_address());
}

void watch_tool_on_report(enum watch_tool tool, void (*print)(const void *address))
{
    print_more = print;
    if (tool == WATCH_TOOL_ASAN && __asan_set_error_report_callback != NULL)
        __asan_set_error_report_callback(on_asan_report);
}

void watch_tool_print_pc(unsigned depth, void *pc)
{
    char text[512] = "";

    if (__sanitizer_symbolize_pc != NULL)
        __sanitizer_symbolize_pc(pc, "in %f %S", text, sizeof text);
    fprintf(stderr, "    #%u %p %s\n", depth, pc, text);
}
