#include "lab/memory_states.h"

#include <stdlib.h>
#include <string.h>

#include <mm/strategy.h>

#include "trace/memory.h"

/* ---- which frames there are ---- */

/* The zone of a frame under a strategy, whose LOW may end early. */
static enum zone zone_at(const struct memory_state *state, uint32_t frame)
{
    return frame < state->zones[ZONE_DMA].end.value   ? ZONE_DMA
           : frame < state->zones[ZONE_LOW].end.value ? ZONE_LOW
                                                      : ZONE_HIGH;
}

static void set_zones(struct memory_state *state, const struct strategy *strategy)
{
    const uint32_t ends[ZONE_COUNT] = {DMA_END_PFN, strategy_low_end(strategy).value, UINT32_MAX};
    uint32_t start = RESERVED_END_PFN;

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        uint32_t end = ends[zone] < state->end ? ends[zone] : state->end;

        if (end < start)
            end = start;
        end = (end + (1u << ORDER_MAX) - 1u) & ~((1u << ORDER_MAX) - 1u);
        state->zones[zone] = (struct frame_range){pfn(start), pfn(end)};
        start = end;
    }
}

/* Takes all pages that a class can get. */
static void survey_class(struct memory_state *state, struct mm *mm, enum page_class page_class)
{
    for (;;) {
        pfn_t frame = pages_alloc(mm, 0, page_class);

        if (pfn_is_none(frame))
            return;
        state->order[state->count++] = frame.value;
        state->frames[frame.value] =
            (struct state_frame){.fate = FATE_HELD,
                                 .may_move = page_class == PAGES_USER,
                                 .may_be_held = zone_at(state, frame.value) != ZONE_HIGH};
    }
}

static void survey_mm(void *context, struct mm *mm)
{
    struct memory_state *state = context;

    survey_class(state, mm, PAGES_USER);
    survey_class(state, mm, PAGES_LOW);
    survey_class(state, mm, PAGES_DMA);
}

static const struct memmap *map_of(const struct state_lab *lab, uint64_t ram_bytes,
                                   struct memmap *pc)
{
    if (lab->map != NULL)
        return lab->map;
    ram_map(pc, ram_bytes);
    return pc;
}

static bool survey(void *context, uint64_t ram_bytes, struct memory_state *state,
                   struct sim_error *error)
{
    const struct state_lab *lab = context;
    struct memmap pc;
    const struct memmap *map = map_of(lab, ram_bytes, &pc);
    const struct experiment_setup setup = {.strategy = lab->strategy, .map = map};
    char reason[RUN_REASON_BYTES];

    *state = (struct memory_state){.ram_bytes = ram_bytes, .end = memmap_end(map).value};
    if (state->end == 0)
        return sim_error_set(error, "the memory map has no RAM above 4 MiB");
    set_zones(state, lab->strategy);
    state->frames = memory_zeroed(state->end, sizeof(*state->frames));
    state->order = memory_zeroed(state->end, sizeof(*state->order));
    if (experiment_with_mm(&setup, survey_mm, state, reason, NULL))
        return true;
    memory_state_release(state);
    return sim_error_set(error, "%s", reason);
}

/* ---- the trace ---- */

struct builder {
    const struct memory_state *state;
    const struct state_request *request;
    struct trace_writer *writer;
    struct state_left *left;
    struct mm *mm;
    uint32_t *where; /* by slot: the first frame of its block */
    size_t where_capacity;
    uint32_t slots;
    uint32_t sites[STATE_HOLDERS_MAX];
    const char *wrong; /* NULL: nothing is */
};

static void emit(struct builder *builder, const struct event *event)
{
    const char *wrong = trace_writer_event(builder->writer, event);

    if (wrong != NULL)
        builder->wrong = wrong;
}

static uint32_t site_of(struct builder *builder, const char *name)
{
    return trace_writer_site(builder->writer, name, strlen(name));
}

/* Allocates a block, and writes the event. false: the strategy has none. */
static bool take(struct builder *builder, uint32_t order, enum page_class page_class, uint32_t site)
{
    pfn_t first = pages_alloc(builder->mm, order, page_class);
    struct event event = {.kind = EVENT_PAGES,
                          .page_class = (uint8_t)page_class,
                          .order = (uint8_t)order,
                          .slot = builder->slots,
                          .site = site,
                          .id = builder->slots + 1u};

    if (pfn_is_none(first))
        return false;
    builder->where =
        memory_reach(builder->where, &builder->where_capacity, event.slot, sizeof(*builder->where));
    builder->where[event.slot] = first.value;
    if (page_class == PAGES_USER)
        pages_set_movable(builder->mm, first, order, event.slot);
    builder->slots++;
    emit(builder, &event);
    return true;
}

static void give(struct builder *builder, uint32_t slot, uint32_t order)
{
    const struct event event = {.kind = EVENT_FREE_PAGES, .slot = slot};

    pages_free(builder->mm, pfn(builder->where[slot]), order);
    emit(builder, &event);
}

/* A strategy may exchange pages while it fills memory: `migrate` does. */
static void page_moved(void *context, uint32_t slot, pfn_t from, pfn_t to)
{
    struct builder *builder = context;

    MM_ASSERT(builder->where[slot] == from.value);
    builder->where[slot] = to.value;
}

/* The class that has this zone as its highest. */
static enum page_class class_of_zone(enum zone zone)
{
    return zone == ZONE_DMA ? PAGES_DMA : zone == ZONE_LOW ? PAGES_LOW : PAGES_USER;
}

static void fill(struct builder *builder)
{
    const struct memory_state *state = builder->state;

    for (uint32_t i = 0; i < state->count && builder->wrong == NULL; i++) {
        const struct state_frame *frame = &state->frames[state->order[i]];
        bool held = frame->fate == FATE_HELD;
        bool moves = held && frame->may_move && state->holders[frame->holder].movable;
        enum page_class page_class =
            moves ? PAGES_USER : class_of_zone(zone_at(state, state->order[i]));

        if (!take(builder, 0, page_class,
                  held ? builder->sites[frame->holder] : site_of(builder, "later_free")))
            builder->wrong = "the strategy has fewer frames than it had before";
        builder->left->held += held;
        builder->left->pinned += held && page_class != PAGES_USER;
    }
}

static void free_what_is_free(struct builder *builder)
{
    uint32_t filled = builder->slots;

    for (uint32_t slot = 0; slot < filled && builder->wrong == NULL; slot++)
        if (builder->state->frames[builder->where[slot]].fate == FATE_FREE)
            give(builder, slot, 0);
}

/* Adds the part of a free range that lies in each zone. */
static void add_range(void *context, pfn_t start, pfn_t end)
{
    struct builder *builder = context;

    for (uint32_t zone = 0; zone < ZONE_COUNT; zone++) {
        struct frame_range range = builder->state->zones[zone];
        struct free_blocks blocks = {.frames = 0};
        pfn_t from = start.value > range.start.value ? start : range.start;
        pfn_t to = end.value < range.end.value ? end : range.end;

        if (from.value < to.value)
            free_blocks_add_range(&blocks, from, to);
        for (uint32_t order = 0; order < ORDER_COUNT; order++)
            builder->left->free.count[zone][order] += blocks.count[order];
    }
}

static void measure(struct builder *builder)
{
    mm_free_blocks(builder->mm, &builder->left->all);
    mm_free_ranges(builder->mm, add_range, builder);
}

/* Blocks that would serve the request are withheld while it is made, if the failure is to be that
   of a report. */
static void put_request(struct builder *builder)
{
    const struct state_request *request = builder->request;
    enum page_class page_class = (enum page_class)request->page_class;
    uint32_t first = builder->slots;
    uint32_t site = site_of(builder, request->site);
    struct event event = {.kind = EVENT_PAGES,
                          .page_class = request->page_class,
                          .order = request->order,
                          .site = site};

    if (request->withholds == NULL && take(builder, request->order, page_class, site)) {
        builder->left->served = true;
        return;
    }
    while (builder->wrong == NULL && request->withholds != NULL &&
           take(builder, request->order, page_class, site_of(builder, request->withholds)))
        builder->left->withheld++;
    event.slot = builder->slots;
    event.id = builder->slots + 1u;
    emit(builder, &event);
    for (uint32_t slot = builder->slots; slot-- > first && builder->wrong == NULL;)
        give(builder, slot, request->order);
}

static void build_mm(void *context, struct mm *mm)
{
    struct builder *builder = context;

    builder->mm = mm;
    mm->moved = page_moved;
    mm->moved_context = builder;
    fill(builder);
    free_what_is_free(builder);
    measure(builder);
    if (builder->request != NULL && builder->wrong == NULL)
        put_request(builder);
}

static bool build(void *context, const struct memory_state *state,
                  const struct state_request *request, struct trace_writer *writer,
                  struct state_left *left, struct sim_error *error)
{
    const struct state_lab *lab = context;
    struct memmap pc;
    const struct experiment_setup setup = {.strategy = lab->strategy,
                                           .map = map_of(lab, state->ram_bytes, &pc)};
    struct builder builder = {.state = state, .request = request, .writer = writer, .left = left};
    char reason[RUN_REASON_BYTES];
    bool built;

    *left = (struct state_left){.held = 0};
    for (uint32_t i = 0; i < STATE_HOLDERS_MAX && state->holders[i].site != NULL; i++)
        builder.sites[i] = site_of(&builder, state->holders[i].site);
    built = experiment_with_mm(&setup, build_mm, &builder, reason, NULL);
    free(builder.where);
    if (!built)
        return sim_error_set(error, "%s", reason);
    return builder.wrong == NULL || sim_error_set(error, "%s", builder.wrong);
}

struct state_machine state_lab_machine(struct state_lab *lab, uint64_t ram_bytes)
{
    return (struct state_machine){.context = lab,
                                  .strategy = lab->strategy->name,
                                  .ram_bytes = ram_bytes,
                                  .ram_bytes_max = RAM_CHOSEN_MAX,
                                  .survey = survey,
                                  .build = build};
}
