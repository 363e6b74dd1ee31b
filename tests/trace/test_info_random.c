/* Compares the statistics of random traces with a model that records every lifetime. */
#include "support/test.h"
#include "trace/files.h"

#include <inttypes.h>

#include "support/random_trace.h"
#include "trace/info.h"

#define EVENTS 5000u
#define IDS    128u /* IDs of blocks. PIDs are separate, and below 8. */
#define SITES  5u

struct life {
    uint64_t start_event; /* event; 0: not live */
    uint64_t bytes;
    uint32_t live_class;
    uint32_t site; /* SITES: none */
};

struct model {
    struct life blocks[IDS];
    struct life processes[8];
    uint64_t lifetimes[LIVE_CLASS_COUNT][EVENTS];
    uint32_t ended[LIVE_CLASS_COUNT];
    struct size_histogram kmalloc_sizes;
    struct size_histogram vmalloc_sizes;
    uint64_t orders[ORDER_COUNT];
    uint64_t allocations[SITES + 1u];
    uint64_t bytes[SITES + 1u];
    uint64_t peaks[SITES + 1u];
};

static struct model model;

static void count_size(struct size_histogram *sizes, uint64_t bytes)
{
    uint32_t log2 = 0;

    while (UINT64_C(1) << log2 < bytes)
        log2++;
    sizes->count[log2]++;
    sizes->bytes[log2] += bytes;
}

static uint64_t live_of_site(uint32_t site, uint64_t *count)
{
    uint64_t bytes = 0;

    *count = 0;
    for (uint32_t id = 0; id < IDS; id++)
        if (model.blocks[id].start_event != 0 && model.blocks[id].site == site) {
            bytes += model.blocks[id].bytes;
            (*count)++;
        }
    return bytes;
}

static void make_block(const char *word, uint64_t id, uint64_t number, const char *line,
                       uint64_t event)
{
    const char *at = strchr(line, '@');
    struct life *life = &model.blocks[id];

    *life = (struct life){.start_event = event, .bytes = number, .site = SITES};
    if (at != NULL)
        life->site = (uint32_t)(at[5] - '0');
    if (strcmp(word, "kmalloc") == 0) {
        life->live_class = LIVE_KMALLOC;
        count_size(&model.kmalloc_sizes, number);
    } else if (strcmp(word, "vmalloc") == 0) {
        life->live_class = LIVE_VMALLOC;
        count_size(&model.vmalloc_sizes, number);
    } else {
        life->live_class = LIVE_PAGES;
        life->bytes = UINT64_C(4096) << number;
        model.orders[number]++;
    }
    model.allocations[life->site]++;
    model.bytes[life->site] += life->bytes;
}

static void end(struct life *life, uint64_t event)
{
    model.lifetimes[life->live_class][model.ended[life->live_class]++] = event - life->start_event;
    life->start_event = 0;
}

static void apply_line(const char *line, uint64_t event)
{
    char word[16];
    uint64_t id = 0;
    uint64_t number = 0;
    uint64_t count;

    sscanf(line, "%15s %" SCNu64 " %" SCNu64, word, &id, &number);
    if (strcmp(word, "kmalloc") == 0 || strcmp(word, "pages") == 0 || strcmp(word, "vmalloc") == 0)
        make_block(word, id, number, line, event);
    else if (strcmp(word, "krealloc") == 0) {
        model.blocks[id].bytes = number;
        count_size(&model.kmalloc_sizes, number);
    } else if (strstr(word, "free") != NULL)
        end(&model.blocks[id], event);
    else if (strcmp(word, "process") == 0)
        model.processes[id] = (struct life){.start_event = event, .live_class = LIVE_MAPPED};
    else if (strcmp(word, "exit") == 0)
        end(&model.processes[id], event);
    for (uint32_t site = 0; site <= SITES; site++) {
        uint64_t bytes = live_of_site(site, &count);
        model.peaks[site] = bytes > model.peaks[site] ? bytes : model.peaks[site];
    }
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void check_lifetimes(const struct lifetimes *lifetimes, uint32_t live_class)
{
    static const uint32_t permilles[] = {1, 100, 500, 900, 990, 1000};
    uint64_t by_log2[LIFETIME_CLASSES] = {0};
    uint32_t count = model.ended[live_class];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t log2 = 0;
        while (UINT64_C(1) << log2 < model.lifetimes[live_class][i])
            log2++;
        by_log2[log2]++;
    }
    assert_true(lifetimes->count == count);
    assert_memory_equal(lifetimes->by_log2, by_log2, sizeof by_log2);
    qsort(model.lifetimes[live_class], count, sizeof(uint64_t), ascending);
    for (uint32_t i = 0; i < 6 && count > 0; i++) {
        uint64_t exact = model.lifetimes[live_class][(count * permilles[i] + 999u) / 1000u - 1u];
        uint64_t quantile = lifetimes_quantile(lifetimes, permilles[i]);
        assert_true(quantile >= exact && quantile - exact <= exact / 16u);
    }
}

static void check_site(const struct site_info *site, const char *name)
{
    uint32_t i = name != NULL ? (uint32_t)(name[4] - '0') : SITES;
    uint64_t count;

    assert_true(site->allocations == model.allocations[i]);
    assert_true(site->bytes == model.bytes[i]);
    assert_true(site->peak_bytes == model.peaks[i]);
    assert_true(site->live_bytes == live_of_site(i, &count));
    assert_true(site->live_allocations == count);
}

static void check(struct trace *trace, struct trace_info *info)
{
    uint64_t live_at_end[LIVE_CLASS_COUNT] = {0};

    assert_memory_equal(&info->kmalloc_sizes, &model.kmalloc_sizes, sizeof model.kmalloc_sizes);
    assert_memory_equal(&info->vmalloc_sizes, &model.vmalloc_sizes, sizeof model.vmalloc_sizes);
    assert_memory_equal(info->orders, model.orders, sizeof model.orders);
    for (uint32_t id = 0; id < IDS; id++)
        live_at_end[model.blocks[id].live_class] += model.blocks[id].start_event != 0;
    for (uint32_t pid = 0; pid < 8; pid++)
        live_at_end[LIVE_MAPPED] += model.processes[pid].start_event != 0;
    for (uint32_t live_class = 0; live_class < LIVE_CLASS_COUNT; live_class++) {
        assert_true(info->end_count[live_class] == live_at_end[live_class]);
        check_lifetimes(&info->lifetimes[live_class], live_class);
    }
    assert_int_equal(info->top_site_count, SITES + 1u);
    for (uint32_t i = 0; i <= SITES; i++)
        check_site(&info->top_sites[i], trace_site_name(trace, info->top_sites[i].site));
}

static uint64_t key(const struct site_info *site, uint32_t rank)
{
    return rank == SITES_BY_PEAK    ? site->peak_bytes
           : rank == SITES_BY_COUNT ? site->allocations
                                    : site->live_bytes;
}

static void check_ranks(struct trace_info *info)
{
    for (uint32_t rank = SITES_BY_PEAK; rank <= SITES_BY_LIVE; rank++) {
        trace_info_rank(info, (enum site_rank)rank);
        for (uint32_t i = 1; i < info->top_site_count; i++)
            assert_true(key(&info->top_sites[i - 1u], rank) >= key(&info->top_sites[i], rank));
    }
}

TEST(statistics_are_those_of_the_model)
{
    struct sim_error error = {.text = ""};

    for (uint32_t seed = 1; seed <= 5; seed++) {
        static struct trace_info info;
        char *text = random_trace(seed, EVENTS);
        struct trace trace;
        uint64_t event = 0;
        char *rest = text;

        model = (struct model){0};
        file_put_text("random.mmt", text);
        strsep(&rest, "\n");
        for (const char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0';)
            apply_line(line, ++event);
        free(text);
        if (!trace_open(&trace, "random.mmt", &error) || !trace_info_collect(&trace, &info, &error))
            fail_msg("%s", error.text);
        check(&trace, &info);
        check_ranks(&info);
        trace_info_free(&info);
        trace_close(&trace);
    }
}

/* The lifetimes include the ends of buckets. */
TEST(the_quantile_of_one_lifetime_is_near_it)
{
    static struct lifetimes lifetimes;

    assert_true(lifetimes_quantile(&lifetimes, 500) == 0);
    for (uint64_t number = 1; number < UINT64_C(1) << 63; number += number / 3u + 1u) {
        lifetimes = (struct lifetimes){0};
        lifetimes_add(&lifetimes, number);
        uint64_t quantile = lifetimes_quantile(&lifetimes, 500);
        assert_true(quantile >= number && quantile - number <= number / 16u);
        assert_true(number > 31 || quantile == number);
    }
    lifetimes = (struct lifetimes){0};
    lifetimes_add(&lifetimes, UINT64_MAX);
    assert_true(lifetimes_quantile(&lifetimes, 500) == UINT64_MAX);
    assert_true(lifetimes.by_log2[64] == 1);
}

int main(void)
{
    return tests_run(files_setup, files_teardown);
}
