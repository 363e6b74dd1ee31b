/* Compares random numbers with published ones, and tests their distribution. */
#include "support/test.h"
#include "trace/files.h"

#include "trace/generate/random.h"

/* The first numbers of SplitMix64 for the seed 1234567, which many implementations test. */
TEST(the_seed_is_expanded_by_splitmix64)
{
    struct random random;

    random_seed(&random, 1234567);
    assert_true(random.state[0] == 6457827717110365317u);
    assert_true(random.state[1] == 3203168211198807973u);
    assert_true(random.state[2] == 9817491932198370423u);
    assert_true(random.state[3] == 4593380528125082431u);
}

/* The first numbers of xoshiro256** from the state 1, 2, 3, 4. */
TEST(numbers_are_those_of_xoshiro256)
{
    static const uint64_t expected[] = {11520,
                                        0,
                                        1509978240,
                                        1215971899390074240,
                                        1216172134540287360,
                                        607988272756665600,
                                        16172922978634559625u,
                                        8476171486693032832};
    struct random random = {{1, 2, 3, 4}};

    for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        assert_true(random_next(&random) == expected[i]);
}

TEST(numbers_below_a_bound_are_uniform)
{
    uint32_t counts[7] = {0};
    struct random random;

    random_seed(&random, 1);
    for (uint32_t i = 0; i < 70000; i++)
        counts[random_below(&random, 7)]++;
    for (uint32_t i = 0; i < 7; i++)
        assert_true(counts[i] > 9600 && counts[i] < 10400);
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(random_below(&random, 1), 0);
        assert_int_equal(random_between(&random, 5, 5), 5);
        assert_in_range(random_between(&random, UINT32_MAX - 2, UINT32_MAX), UINT32_MAX - 2,
                        UINT32_MAX);
    }
}

TEST(one_in_n_is_true_at_its_rate)
{
    struct random random;
    uint32_t hits = 0;

    random_seed(&random, 2);
    for (uint32_t i = 0; i < 64000; i++)
        hits += random_one_in(&random, 16);
    assert_in_range(hits, 3800, 4200);
}

/* A half of all live longer than one half-life, a quarter longer than two, and so on. */
TEST(lifetimes_halve_with_each_half_life)
{
    const uint32_t half_life = 1000;
    const uint32_t count = 80000;
    uint32_t longer[4] = {0};
    uint64_t sum = 0;
    struct random random;

    random_seed(&random, 3);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t lifetime = random_lifetime(&random, half_life);

        assert_true(lifetime >= 1 && lifetime <= 33 * half_life);
        sum += lifetime;
        for (uint32_t halves = 0; halves < 4; halves++)
            longer[halves] += lifetime > halves * half_life;
    }
    for (uint32_t halves = 0; halves < 4; halves++)
        assert_in_range(longer[halves], (count >> halves) * 97 / 100,
                        (count >> halves) * 103 / 100);
    assert_in_range(sum / count, half_life * 3 / 2 - 20, half_life * 3 / 2 + 20);
}
