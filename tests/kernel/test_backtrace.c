/* Backtraces: of frames made by hand, and of programs made by a compiler. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/backtrace.h"
#include "kernel/cases.h"
#include "support/elf_maker.h"
#include "support/program.h"
#include "support/qemu_dump.h"
#include "support/scratch.h"

#define TEXT(offset) (ELF_MAKER_TEXT_VA + (offset))
#define FUNCTION     ELF32_ST_INFO(STB_GLOBAL, STT_FUNC)
#define STACK        0xc0800000u /* the guest's stack: 4 KiB from here */
#define STACK_BYTES  4096u
#define TEXT_BYTES   0x400u

static unsigned char stack[STACK_BYTES];
static uint32_t stack_at;
static struct elf_maker maker;
static struct elf_file file;
static struct symbols symbols;
static struct call_frames *frames;
static struct lines *lines;
static struct backtrace_guest guest;
static struct backtrace_call call[BACKTRACE_FRAMES_MAX];
static char stack_text[2048];
static char error[256];

/* ---- the guest ---- */

static bool read_piece(uint32_t va, void *bytes, size_t count, uint32_t first,
                       const unsigned char *piece, size_t piece_bytes)
{
    if (va < first || va - first > piece_bytes || count > piece_bytes - (va - first))
        return false;
    memcpy(bytes, piece + (va - first), count);
    return true;
}

static bool read_guest(void *context, uint32_t va, void *bytes, size_t count)
{
    (void)context;
    return read_piece(va, bytes, count, stack_at, stack, sizeof stack) ||
           read_piece(va, bytes, count, TEXT(0), maker.bytes + ELF_MAKER_TEXT, TEXT_BYTES);
}

static void put(uint32_t offset, uint32_t value)
{
    memcpy(stack + offset, &value, sizeof value);
}

static void open_file(void)
{
    symbols_add(&symbols, &file);
    call_frames_add(frames, &file);
    lines_add(lines, &file);
}

static int fresh(void **state)
{
    (void)state;
    memset(stack, 0, sizeof stack);
    stack_at = STACK;
    frames = call_frames_create();
    lines = lines_create();
    guest = (struct backtrace_guest){.read = read_guest};
    elf_maker_init(&maker);
    elf_maker_symbol(&maker, "inner", TEXT(0x100), 0x40, FUNCTION, ELF_MAKER_TEXT_SECTION);
    elf_maker_symbol(&maker, "middle", TEXT(0x140), 0x40, FUNCTION, ELF_MAKER_TEXT_SECTION);
    elf_maker_symbol(&maker, "outer", TEXT(0x180), 0x40, FUNCTION, ELF_MAKER_TEXT_SECTION);
    elf_maker_symbol(&maker, "data", ELF_MAKER_DATA_VA, 0x40, ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT),
                     ELF_MAKER_DATA_SECTION);
    return 0;
}

/* Make a file by hand, and a stack with two frames above ESP. */
static int fresh_by_hand(void **state)
{
    fresh(state);
    elf_file_of_bytes(&file, "kernel.elf", maker.bytes, sizeof maker.bytes);
    open_file();
    guest.state.eip = TEXT(0x120);
    guest.state.general[ESP] = STACK + 0x10;
    guest.state.general[EBP] = STACK + 0x40;
    put(0x40, STACK + 0x80);
    put(0x44, TEXT(0x150));
    put(0x80, 0);
    put(0x84, TEXT(0x190));
    return 0;
}

static int end(void **state)
{
    (void)state;
    call_frames_destroy(frames);
    lines_destroy(lines);
    symbols_free(&symbols);
    elf_file_close(&file);
    return 0;
}

static void take_stack(void)
{
    size_t count = backtrace_walk(&guest, frames, &symbols, call);

    backtrace_text(call, count, &symbols, lines, stack_text, sizeof stack_text);
}

static void assert_stack(const char *expected)
{
    take_stack();
    assert_string_equal(stack_text, expected);
}

/* ---- by EBP ---- */

#define INNER  "#0 inner+0x20\n"
#define MIDDLE "#1 middle+0x10\n"
#define OUTER  "#2 outer+0x10\n"

static void frames_are_linked_by_ebp(void **state)
{
    (void)state;
    assert_stack(INNER MIDDLE OUTER);
}

static void a_function_that_begins_has_no_frame_yet(void **state)
{
    (void)state;
    guest.state.eip = TEXT(0x100);
    put(0x10, TEXT(0x130)); /* inner calls itself */
    assert_stack("#0 inner\n#1 inner+0x30\n#2 middle+0x10\n#3 outer+0x10\n");
    guest.state.eip = TEXT(0x101);
    maker.bytes[ELF_MAKER_TEXT + 0x100] = 0x55; /* push %ebp */
    put(0x10, STACK + 0x40);
    put(0x14, TEXT(0x130));
    assert_stack("#0 inner+0x1\n#1 inner+0x30\n#2 middle+0x10\n#3 outer+0x10\n");
}

static void a_function_that_returns_has_no_frame_any_more(void **state)
{
    (void)state;
    maker.bytes[ELF_MAKER_TEXT + 0x120] = 0xc3; /* ret */
    put(0x10, TEXT(0x130));
    assert_stack("#0 inner+0x20\n#1 inner+0x30\n#2 middle+0x10\n#3 outer+0x10\n");
}

static void a_call_of_what_is_no_function_shows_its_caller(void **state)
{
    (void)state;
    guest.state.eip = 0;
    put(0x10, TEXT(0x130));
    assert_stack("#0 0x00000000\n#1 inner+0x30\n#2 middle+0x10\n#3 outer+0x10\n");
    guest.state.eip = ELF_MAKER_DATA_VA + 4u;
    assert_stack("#0 data+0x4\n#1 inner+0x30\n#2 middle+0x10\n#3 outer+0x10\n");
}

/* The call is the last instruction of a function, as when the callee does not return. */
static void a_return_address_belongs_to_the_call(void **state)
{
    (void)state;
    put(0x44, TEXT(0x180));
    assert_stack(INNER "#1 middle+0x40\n" OUTER);
}

/*
 *     0x10   ESP: inner, called by outer, which is the handler
 *     0x50   EIP, CS and EFLAGS, pushed by the CPU when middle was about to begin
 *     0x5c   return address of middle
 */
static void a_handler_is_followed_by_what_it_interrupted(void **state)
{
    static const struct control_exception exception = {
        .in_progress = 1,
        .eip = TEXT(0x140),
        .general = {[ESP] = STACK + 0x5c, [EBP] = STACK + 0x80},
        .frame = STACK + 0x50,
    };

    (void)state;
    guest.handled = &exception;
    put(0x44, TEXT(0x1b0));
    put(0x50, exception.eip);
    put(0x5c, TEXT(0x190));
    put(0x84, 0);
    assert_stack(INNER "#1 outer+0x30\n#2 middle\n#3 outer+0x10\n");
    put(0x50, 0); /* overwritten by other data */
    assert_stack(INNER "#1 outer+0x30\n");
    put(0x50, exception.eip);
    guest.state.general[ESP] = exception.frame + 4u; /* another stack */
    guest.state.general[EBP] = 0;
    assert_stack(INNER);
}

static const struct {
    const char *name, *expected;
    uint32_t ebp;
    uint32_t offset, value; /* offset and value of a word on the stack */
} implausible[] = {
    {"EBP is 0", INNER, 0, 0, 0},
    {"EBP is not aligned", INNER, STACK + 0x41, 0, 0},
    {"EBP lies below ESP", INNER, STACK + 0x0c, 0, 0},
    {"EBP leads nowhere", INNER, 0xd0000000u, 0, 0},
    {"half a frame is there", INNER, STACK + STACK_BYTES - 4u, 0, 0},
    {"it returns to data", INNER, STACK + 0x40, 0x44, ELF_MAKER_DATA_VA + 4u},
    {"it returns to nothing", INNER, STACK + 0x40, 0x44, 0},
    {"it returns to no function", INNER, STACK + 0x40, 0x44, TEXT(0)},
    {"a frame leads to itself", INNER MIDDLE, STACK + 0x40, 0x40, STACK + 0x40},
    {"a frame leads down", INNER MIDDLE, STACK + 0x40, 0x40, STACK + 0x20},
    {"the highest address", INNER, UINT32_MAX - 3u, 0, 0},
};

static void what_is_not_plausible_ends_the_walk(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(implausible); i++) {
        end(state);
        fresh_by_hand(state);
        guest.state.general[EBP] = implausible[i].ebp;
        put(implausible[i].offset, implausible[i].value);
        take_stack();
        if (strcmp(stack_text, implausible[i].expected) != 0)
            fail_msg("%s: %s", implausible[i].name, stack_text);
    }
}

static void at_most_64_frames(void **state)
{
    (void)state;
    guest.state.general[EBP] = STACK + 0x40;
    for (uint32_t at = 0x40; at + 8u <= STACK_BYTES; at += 16u) {
        put(at, STACK + at + 16u);
        put(at + 4u, TEXT(0x150));
    }
    assert_int_equal(backtrace_walk(&guest, frames, &symbols, call), BACKTRACE_FRAMES_MAX);
}

static void without_symbols_any_address_is_code(void **state)
{
    (void)state;
    symbols_free(&symbols);
    assert_stack("#0 0xc0100120\n#1 0xc0100150\n#2 0xc0100190\n");
}

static void text_is_cut_between_lines(void **state)
{
    char text[64];

    (void)state;
    size_t count = backtrace_walk(&guest, frames, &symbols, call);
    backtrace_text(call, count, &symbols, lines, text, sizeof INNER MIDDLE);
    assert_string_equal(text, INNER MIDDLE);
    backtrace_text(call, count, &symbols, lines, text, sizeof INNER MIDDLE - 1u);
    assert_string_equal(text, INNER);
    backtrace_text(call, count, &symbols, lines, text, 1);
    assert_string_equal(text, "");
}

static void names_cannot_command_the_terminal(void **state)
{
    char text[WHERE_BYTES];
    static char name[700] = "\033[2J";

    (void)state;
    memset(name + 4, 'x', sizeof name - 5);
    elf_maker_symbol(&maker, name, TEXT(0x200), 0x40, FUNCTION, ELF_MAKER_TEXT_SECTION);
    end(state);
    frames = call_frames_create();
    lines = lines_create();
    elf_file_of_bytes(&file, "kernel.elf", maker.bytes, sizeof maker.bytes);
    open_file();
    where_text(&symbols, lines, TEXT(0x210), text);
    assert_null(strchr(text, '\033'));
    assert_true(strlen(text) < WHERE_BYTES);
    assert_non_null(strstr(text, "xxx+0x10"));
}

/* ---- of a compiler ---- */

/* A kernel that writes its registers and its stack to port 0xe9, from inside four nested calls. */
static const char source[] =
    "extern void dump(void);\n"
    "__asm__(\".text; .align 4; .long 0x1badb002, 0, -0x1badb002\\n\"\n"
    "        \".globl dump; .type dump, @function; dump: pusha; mov %esp, %esi;\"\n"
    "        \"mov $stack_top, %ecx; sub %esi, %ecx; mov $0xe9, %dx; rep outsb;\"\n"
    "        \"mov $0xf4, %dx; xor %eax, %eax; out %al, %dx; hlt\\n\"\n"
    "        \".globl _start; .type _start, @function; _start: mov $stack_top, %esp;\"\n"
    "        \"xor %ebp, %ebp; call outer; hlt\\n\"\n"
    "        \".bss; .globl stack; stack: .space 4096; stack_top: .text\\n\");\n"
    "#define NOINLINE __attribute__((noinline, noipa))\n"
    "NOINLINE int inner(int x) { volatile int a[8]; a[x] = x; dump(); return a[x]; }\n"
    "NOINLINE int middle(int n, int m) { volatile char a[n]; a[m] = 1; return inner(m) + a[m]; }\n"
    "NOINLINE int outer(int a, int b, int c) { return middle(64, 3) + middle(a + b, c); }\n";

static bool build(const char *options)
{
    static struct program program;
    const char *input = scratch_text("calls.c", source);
    const char *output = scratch_path("calls.elf");
    static const char script[] =
        "exec gcc -m32 -ffreestanding -fno-pic -nostdlib -static -fno-stack-protector"
        " -Wl,-Ttext=0x100000 -Wl,--build-id=none -o \"$1\" \"$0\" $2";

    program_run(&program, NULL, NULL,
                (const char *const[]){"sh", "-c", script, input, output, options, NULL});
    return program.status == 0 && elf_file_open(&file, output, error, sizeof error);
}

/* Read the registers in the order of pusha, the one at the lowest address first. */
static void take_registers(const unsigned char *dumped)
{
    static const enum general_register order[] = {EDI, ESI, EBP, ESP, EBX, EDX, ECX, EAX};

    for (size_t i = 0; i < LENGTH(order); i++)
        memcpy(&guest.state.general[order[i]], dumped + 4u * i, 4);
}

static bool run(void)
{
    static unsigned char dumped[STACK_BYTES];
    size_t bytes;

    if (!qemu_dump(scratch_path("calls.elf"), "", NULL, dumped, sizeof dumped, &bytes))
        return false;
    assert_in_range(bytes, 32, STACK_BYTES);
    memcpy(stack + STACK_BYTES - bytes, dumped, bytes);
    take_registers(dumped);
    stack_at = symbols_find(&symbols, "stack")->va;
    guest.state.eip = symbols_find(&symbols, "dump")->va;
    return true;
}

static const struct {
    const char *name, *options;
    bool by_libdw;
} builds[] = {
    {".eh_frame", "-O2 -fomit-frame-pointer", true},
    {".debug_frame", "-O2 -fomit-frame-pointer -fno-asynchronous-unwind-tables -g", true},
    {"EBP alone", "-O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables", false},
};

static void check_build(size_t i)
{
    static const char *const calls[] = {"dump", "inner", "middle", "outer", "_start"};

    if (!build(builds[i].options))
        skip();
    open_file();
    if (!run())
        skip();
    size_t count = backtrace_walk(&guest, frames, &symbols, call);
    for (size_t k = 0; k < count && k < LENGTH(calls); k++) {
        const struct symbol *symbol = symbols_at(&symbols, call[k].eip - (k > 0 ? 1u : 0u));
        if (symbol == NULL || strcmp(symbol->name, calls[k]) != 0)
            fail_msg("%s: #%zu is %s", builds[i].name, k, symbol != NULL ? symbol->name : "none");
    }
    if (count != LENGTH(calls))
        fail_msg("%s: %zu frames", builds[i].name, count);
}

static void compiled_frames_are_walked(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(builds); i++) {
        if (builds[i].by_libdw && lines_missing() != NULL)
            continue;
        check_build(i);
        end(state);
        fresh(state);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh_by_hand, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(frames_are_linked_by_ebp),
        TEST(a_function_that_begins_has_no_frame_yet),
        TEST(a_function_that_returns_has_no_frame_any_more),
        TEST(a_call_of_what_is_no_function_shows_its_caller),
        TEST(a_return_address_belongs_to_the_call),
        TEST(a_handler_is_followed_by_what_it_interrupted),
        TEST(what_is_not_plausible_ends_the_walk),
        TEST(at_most_64_frames),
        TEST(without_symbols_any_address_is_code),
        TEST(text_is_cut_between_lines),
        TEST(names_cannot_command_the_terminal),
        cmocka_unit_test_setup_teardown(compiled_frames_are_walked, fresh, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
