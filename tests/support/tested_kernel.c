#include "support/tested_kernel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/elf_maker.h"
#include "support/fake_runner.h"
#include "support/scratch.h"

struct kernel *kernel;

int tested_kernel_destroy(void **state)
{
    (void)state;
    kernel_destroy(kernel);
    kernel = NULL;
    return 0;
}

void tested_kernel_create(const struct kernel_options *options)
{
    kernel = kernel_create(options);
    if (kernel == NULL) {
        print_message("%s\n", kernel_create_error());
        skip();
    }
}

void tested_kernel_boot(const char *path, const struct kernel_options *options)
{
    tested_kernel_create(options);
    assert_done(kernel_load(kernel, path));
    assert_done(kernel_panic_symbol(kernel, "panic"));
    assert_done(kernel_boot(kernel));
    assert_ended(kernel_run_until(kernel, "kernel_ready"), KERNEL_UNTIL);
}

void fake_kernel_create(const char *script, double limit_seconds)
{
    fake_runner_use(script);
    kernel = kernel_create(&(struct kernel_options){.limit_seconds = limit_seconds});
    if (kernel == NULL)
        fail_msg("%s", kernel_create_error());
}

void fake_kernel_begin(const char *script, double limit_seconds)
{
    fake_kernel_create(script, limit_seconds);
    assert_done(kernel_load(kernel, fake_kernel_path()));
    assert_done(kernel_set_boot_state(kernel, NULL));
}

const char *fake_kernel_path(void)
{
    static const struct {
        const char *name;
        uint32_t va, bytes;
        unsigned char type;
        enum elf_maker_section section;
    } symbols[] = {
        {"start", FAKE_KERNEL_ENTRY, 16, STT_FUNC, ELF_MAKER_TEXT_SECTION},
        {"page_alloc", ELF_MAKER_TEXT_VA + 0x100u, 32, STT_FUNC, ELF_MAKER_TEXT_SECTION},
        {"page_free", ELF_MAKER_TEXT_VA + 0x140u, 32, STT_FUNC, ELF_MAKER_TEXT_SECTION},
        {"panic", ELF_MAKER_TEXT_VA + 0x180u, 32, STT_FUNC, ELF_MAKER_TEXT_SECTION},
        {"free_pages", ELF_MAKER_DATA_VA + 8u, 4, STT_OBJECT, ELF_MAKER_DATA_SECTION},
    };
    static struct elf_maker maker;

    elf_maker_init(&maker);
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        elf_maker_symbol(&maker, symbols[i].name, symbols[i].va, symbols[i].bytes,
                         ELF32_ST_INFO(STB_GLOBAL, symbols[i].type), (uint16_t)symbols[i].section);
    return scratch_bytes("kernel.elf", maker.bytes, sizeof maker.bytes);
}

void assert_done(enum kernel_outcome outcome)
{
    if (outcome != KERNEL_DONE)
        fail_msg("%s: %s", kernel_outcome_name(outcome), kernel_error(kernel));
}

void assert_ended(enum kernel_outcome outcome, enum kernel_outcome expected)
{
    if (outcome != expected)
        fail_msg("%s, not %s: %s\n%s\n%s", kernel_outcome_name(outcome),
                 kernel_outcome_name(expected), kernel_error(kernel), kernel_report(kernel),
                 kernel_output(kernel));
    assert_int_equal(kernel_ended(kernel), expected);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("'%s' is not in:\n%s", part, text);
}

void assert_report_has(const char *part)
{
    assert_has(kernel_report(kernel), part);
}

void assert_kernel_error(const char *expected)
{
    assert_string_equal(kernel_error(kernel), expected);
}

void assert_kernel_error_has(const char *part)
{
    assert_has(kernel_error(kernel), part);
}
