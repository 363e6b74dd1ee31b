/* The timing wheel, beside a list that is searched from end to end. */
#include "trace/files.h"

#include "trace/generate/deaths.h"
#include "trace/generate/random.h"

#define NUMBERS 200u

struct model {
    uint64_t due[NUMBERS]; /* 0: not in it */
};

/* When the earliest is due that is due at `time` or before; 0: nobody is. */
static uint64_t model_earliest(const struct model *model, uint64_t time)
{
    uint64_t earliest = 0;

    for (uint32_t i = 0; i < NUMBERS; i++)
        if (model->due[i] != 0 && model->due[i] <= time &&
            (earliest == 0 || model->due[i] < earliest))
            earliest = model->due[i];
    return earliest;
}

static void take_all(struct deaths *deaths, struct model *model, uint64_t time)
{
    uint32_t number;

    while ((number = deaths_take(deaths, time)) != DEATHS_NONE) {
        assert_true(number < NUMBERS && model->due[number] != 0);
        assert_true(model->due[number] == model_earliest(model, time));
        model->due[number] = 0;
    }
    assert_true(model_earliest(model, time) == 0);
}

/* Lifetimes of up to so many bits, and steps of up to so many. */
static void run(uint32_t life_bits, uint32_t step_bits, uint32_t rounds)
{
    struct deaths deaths = {0};
    struct model model = {{0}};
    struct random random;
    uint64_t time = 1;

    random_seed(&random, life_bits);
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t number = random_below(&random, NUMBERS);

        if (model.due[number] == 0) {
            model.due[number] =
                time + (random_next(&random) >> (64 - random_between(&random, 1, life_bits)));
            deaths_add(&deaths, number, model.due[number]);
        }
        time += random_next(&random) >> (64 - random_between(&random, 1, step_bits));
        take_all(&deaths, &model, time);
    }
    deaths_free(&deaths);
}

static void test_against_a_list(void **state)
{
    (void)state;
    run(4, 2, 5000);
    run(10, 4, 5000);
    run(18, 11, 1500);
}

/* A time at which many bytes change at once. */
static void test_carry(void **state)
{
    struct deaths deaths = {.now = 0xffffffff00fffff0u};

    (void)state;
    deaths_add(&deaths, 0, 0xffffffff01000000u);
    deaths_add(&deaths, 1, 0xffffffff01000001u);
    deaths_add(&deaths, 2, 0xffffffff00ffffffu);
    deaths_add(&deaths, 3, 0xffffffff01000100u);
    deaths_add(&deaths, 4, UINT64_MAX);
    assert_int_equal(deaths_take(&deaths, 0xffffffff00fffff1u), DEATHS_NONE);
    assert_int_equal(deaths_take(&deaths, 0xffffffff00ffffffu), 2);
    assert_int_equal(deaths_take(&deaths, 0xffffffff00ffffffu), DEATHS_NONE);
    assert_int_equal(deaths_take(&deaths, 0xffffffff01000200u), 0);
    assert_int_equal(deaths_take(&deaths, 0xffffffff01000200u), 1);
    assert_int_equal(deaths_take(&deaths, 0xffffffff01000200u), 3);
    assert_int_equal(deaths_take(&deaths, 0xffffffff01000200u), DEATHS_NONE);
    deaths_free(&deaths);
}

/* What was due before it came is due at once. */
static void test_past(void **state)
{
    struct deaths deaths = {0};

    (void)state;
    assert_int_equal(deaths_take(&deaths, 1000), DEATHS_NONE);
    deaths_add(&deaths, 7, 3);
    assert_int_equal(deaths_take(&deaths, 1000), 7);
    assert_int_equal(deaths_take(&deaths, 1000), DEATHS_NONE);
    deaths_free(&deaths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_carry),
        cmocka_unit_test(test_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
