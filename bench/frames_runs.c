#include "frames_runs.h"

uint32_t live[FRAMES_MAX];
uint32_t live_count;
uint32_t random_state;
struct occupancy occupancy;
struct order_requests of_order[ORDER_COUNT];
uint8_t mixed_orders[MIXED_ORDERS];

void shuffle_live(void)
{
    for (uint32_t i = live_count; i > 1; i--) {
        uint32_t other = random32_below(&random_state, i);
        uint32_t frame = live[i - 1];
        live[i - 1] = live[other];
        live[other] = frame;
    }
}

void occupancy_start(uint32_t used, uint32_t wanted, uint32_t width)
{
    occupancy.used = used;
    occupancy.least = wanted - width;
    occupancy.most = wanted + width;
    occupancy.allocates = true;
    occupancy.burst_left = 0;
}

void mixed_orders_fill(void)
{
    static const uint32_t share[ORDER_COUNT] = {58982, 3277, 983, 983, 661, 330,
                                                165,   83,   41,  21,  10};
    uint32_t at = 0;

    for (uint32_t order = 0; order < ORDER_COUNT; order++)
        for (uint32_t i = 0; i < share[order]; i++)
            mixed_orders[at++] = (uint8_t)order;
    bench_require(at == MIXED_ORDERS, "the shares of orders do not add up");
}

double failed_percent(uint32_t least_order, uint32_t most_order)
{
    double requests = 0;
    double failed = 0;

    for (uint32_t order = least_order; order <= most_order; order++) {
        requests += of_order[order].requests;
        failed += of_order[order].failed;
    }
    return 100.0 * failed / requests;
}
