/* Compares the expiry queue with a list that is searched from end to end. */
#include "support/test.h"
#include "trace/files.h"

#include "trace/generate/expiry_queue.h"
#include "trace/generate/random.h"

#define NUMBERS 200u

struct model {
    uint64_t due[NUMBERS]; /* 0: the number is not in the queue */
};

/* Returns the earliest due time that is not after `time`, or 0. */
static uint64_t model_earliest(const struct model *model, uint64_t time)
{
    uint64_t earliest = 0;

    for (uint32_t i = 0; i < NUMBERS; i++)
        if (model->due[i] != 0 && model->due[i] <= time &&
            (earliest == 0 || model->due[i] < earliest))
            earliest = model->due[i];
    return earliest;
}

static void take_all(struct expiry_queue *queue, struct model *model, uint64_t time)
{
    uint32_t number;

    while ((number = expiry_queue_take(queue, time)) != EXPIRY_NONE) {
        assert_true(number < NUMBERS && model->due[number] != 0);
        assert_true(model->due[number] == model_earliest(model, time));
        model->due[number] = 0;
    }
    assert_true(model_earliest(model, time) == 0);
}

/* Lifetimes and steps of time are random numbers of at most life_bits and step_bits bits. */
static void run(uint32_t life_bits, uint32_t step_bits, uint32_t rounds)
{
    struct expiry_queue queue = {0};
    struct model model = {{0}};
    struct random random;
    uint64_t time = 1;

    random_seed(&random, life_bits);
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t number = random_below(&random, NUMBERS);

        if (model.due[number] == 0) {
            model.due[number] =
                time + (random_next(&random) >> (64 - random_between(&random, 1, life_bits)));
            expiry_queue_add(&queue, number, model.due[number]);
        }
        time += random_next(&random) >> (64 - random_between(&random, 1, step_bits));
        take_all(&queue, &model, time);
    }
    expiry_queue_free(&queue);
}

TEST(numbers_expire_as_in_a_list)
{
    run(4, 2, 5000);
    run(10, 4, 5000);
    run(18, 11, 1500);
}

/* The time crosses a limit at which many of its bytes change. */
TEST(numbers_expire_in_order_when_many_bytes_change)
{
    struct expiry_queue queue = {.now = 0xffffffff00fffff0u};

    expiry_queue_add(&queue, 0, 0xffffffff01000000u);
    expiry_queue_add(&queue, 1, 0xffffffff01000001u);
    expiry_queue_add(&queue, 2, 0xffffffff00ffffffu);
    expiry_queue_add(&queue, 3, 0xffffffff01000100u);
    expiry_queue_add(&queue, 4, UINT64_MAX);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff00fffff1u), EXPIRY_NONE);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff00ffffffu), 2);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff00ffffffu), EXPIRY_NONE);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff01000200u), 0);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff01000200u), 1);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff01000200u), 3);
    assert_int_equal(expiry_queue_take(&queue, 0xffffffff01000200u), EXPIRY_NONE);
    expiry_queue_free(&queue);
}

TEST(a_number_whose_time_is_past_is_due_at_once)
{
    struct expiry_queue queue = {0};

    assert_int_equal(expiry_queue_take(&queue, 1000), EXPIRY_NONE);
    expiry_queue_add(&queue, 7, 3);
    assert_int_equal(expiry_queue_take(&queue, 1000), 7);
    assert_int_equal(expiry_queue_take(&queue, 1000), EXPIRY_NONE);
    expiry_queue_free(&queue);
}
