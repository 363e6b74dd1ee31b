/* Tests the tables that traces use: maps of IDs and frames, pools of slots, and names of sites. */
#include "replay/random.h"
#include "support/test.h"
#include "trace/files.h"

#include "trace/import/frame_map.h"
#include "trace/tables.h"

#define KEYS 4096u

/* Keys have the distances of objects in a slab, so that many collide. */
static uint64_t key_of(uint32_t i)
{
    return 0xc2000000u + (uint64_t)i * 64;
}

TEST(an_id_map_works_like_an_array)
{
    static uint32_t values[KEYS]; /* 0: absent */
    struct id_map map = {0};
    uint32_t seed = 7;
    size_t count = 0;

    for (uint32_t step = 1; step <= 200000; step++) {
        uint32_t i = random32(&seed) % KEYS;
        const uint32_t *found = id_map_find(&map, key_of(i));
        uint32_t removed = 0;

        assert_true(values[i] == 0 ? found == NULL : *found == values[i]);
        if (values[i] == 0) {
            id_map_add(&map, key_of(i), step);
            values[i] = step;
            count++;
        } else {
            assert_true(id_map_remove(&map, key_of(i), &removed));
            assert_int_equal(removed, values[i]);
            values[i] = 0;
            count--;
        }
        assert_int_equal(map.count, count);
    }
    for (uint32_t i = 0; i < KEYS; i++)
        assert_int_equal(id_map_find(&map, key_of(i)) != NULL, values[i] != 0);
    assert_true(map.capacity <= 4 * KEYS);
    id_map_free(&map);
}

TEST(an_absent_key_is_not_found)
{
    struct id_map map = {0};
    uint32_t value = 5;

    assert_null(id_map_find(&map, 1));
    assert_false(id_map_remove(&map, 1, &value));
    id_map_add(&map, UINT64_MAX, 3);
    assert_null(id_map_find(&map, 1));
    assert_false(id_map_remove(&map, 1, &value));
    assert_int_equal(value, 5);
    assert_int_equal(*id_map_find(&map, UINT64_MAX), 3);
    id_map_free(&map);
}

TEST(freed_slots_are_used_first)
{
    struct slot_pool pool = {0};

    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(slot_pool_take(&pool), i);
    for (uint32_t i = 0; i < 100; i++)
        slot_pool_give(&pool, i);
    for (uint32_t i = 100; i-- > 0;)
        assert_int_equal(slot_pool_take(&pool), i);
    assert_int_equal(slot_pool_take(&pool), 200);
    assert_int_equal(pool.used, 201);
    slot_pool_free(&pool);
}

TEST(each_name_of_a_site_has_one_number)
{
    struct site_table table = {0};
    char name[16];

    assert_null(site_table_name(&table, 0));
    assert_null(site_table_name(&table, 1));
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 1; i <= 1000; i++) {
            snprintf(name, sizeof(name), "site_%u", i);
            assert_int_equal(site_table_intern(&table, name, strlen(name)), i);
            assert_string_equal(site_table_name(&table, i), name);
        }
    }
    assert_int_equal(site_table_intern(&table, "site_1 and more", 6), 1);
    assert_int_equal(site_table_intern(&table, "site_1", 5), 1001);
    assert_int_equal(site_table_append(&table, "site_1", 6), 1002);
    assert_string_equal(site_table_name(&table, 1002), "site_1");
    assert_int_equal(site_table_intern(&table, "site_1", 6), 1);
    assert_null(site_table_name(&table, 1003));
    site_table_free(&table);
}

TEST(frames_are_mapped_up_to_the_end_of_the_map)
{
    static struct frame_map map;

    assert_int_equal(frame_map_get(&map, 0), 0);
    frame_map_set(&map, 0, 1);
    frame_map_set(&map, FRAME_MAP_END - 1, 2);
    frame_map_set(&map, FRAME_MAP_CHUNK, 3);
    assert_int_equal(frame_map_get(&map, 0), 1);
    assert_int_equal(frame_map_get(&map, 1), 0);
    assert_int_equal(frame_map_get(&map, FRAME_MAP_END - 1), 2);
    assert_int_equal(frame_map_get(&map, FRAME_MAP_CHUNK), 3);
    assert_int_equal(frame_map_get(&map, FRAME_MAP_CHUNK - 1), 0);
    frame_map_free(&map);
}
