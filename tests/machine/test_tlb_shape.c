/* Shapes of the TLB model as people write them. */
#include "support/on_machine.h"

#include "machine/tlb_shape.h"

static const struct {
    const char *text;
    struct tlb_shape shape;
} good[] = {
    {"64x4", {64, 4, 0, 0}},
    {"64x4,8x4", {64, 4, 8, 4}},
    {"1x1", {1, 1, 0, 0}},
    {"64x64", {64, 64, 0, 0}},
    {"65536x64,65536x1", {65536, 64, 65536, 1}},
};

#define WRITTEN "a TLB is written ENTRIESxWAYS or ENTRIESxWAYS,LARGE_ENTRIESxWAYS, such as 64x4,8x4"
#define ENTRIES "the number of entries of a TLB is a power of two from 1 to 65536"
#define WAYS    "the number of ways of a TLB is a power of two from 1 to 64"

static const struct {
    const char *text;
    const char *reason;
} bad[] = {
    {"", WRITTEN},
    {"64", WRITTEN},
    {"64x", WRITTEN},
    {"x4", WRITTEN},
    {"64x4,", WRITTEN},
    {"64x4,8", WRITTEN},
    {"64x4 ", WRITTEN},
    {"64X4", WRITTEN},
    {"-64x4", WRITTEN},
    {"64x4,8x4,1x1", WRITTEN},
    {"0x4", WRITTEN},
    {"64x0", WRITTEN},
    {"63x4", ENTRIES},
    {"131072x4", ENTRIES},
    {"64x4,6x2", ENTRIES},
    {"64x3", WAYS},
    {"128x128", WAYS},
    {"64x4,128x128", WAYS},
    {"4294967360x4", ENTRIES}, /* 64 in 32 bits */
    {"2x4", "a TLB has at least as many entries as ways"},
    {"64x4,2x4", "a TLB has at least as many entries as ways"},
};

static void shapes_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct tlb_shape shape;
        const char *reason;
        if (!tlb_shape_parse(good[i].text, &shape, &reason))
            fail_msg("\"%s\": %s", good[i].text, reason);
        assert_memory_equal(&shape, &good[i].shape, sizeof shape);
    }
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct tlb_shape shape = {1, 2, 3, 4};
        const char *reason = NULL;
        if (tlb_shape_parse(bad[i].text, &shape, &reason))
            fail_msg("taken for good: %s", bad[i].text);
        assert_string_equal(reason, bad[i].reason);
        assert_int_equal(shape.entries, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_read),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
