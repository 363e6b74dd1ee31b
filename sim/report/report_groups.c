/* The groups of failures of a strategy, for the page. */
#include <inttypes.h>
#include <stdio.h>

#include "report/remedies.h"
#include "report/report_page.h"

/* The name of a party, or NULL. */
struct party_name {
    const char *name;
    char process[32];
};

static void name_party(struct party_name *name, struct trace *trace,
                       const struct failure_party *party)
{
    name->name = party->site != SITE_NONE ? trace_site_name(trace, party->site) : NULL;
    if (party->process == 0)
        return;
    snprintf(name->process, sizeof name->process, "process %" PRIu64, party->process);
    name->name = name->process;
}

/* A list of [name, count]. A blocker without a name in the trace has that of its frame's kind. */
static void put_tally(struct json *json, const char *key, struct trace *trace,
                      const struct failure_tally *tally)
{
    struct party_name name;

    json_begin_list(json, key);
    for (uint32_t i = 0; i < tally->parties; i++) {
        const struct failure_party *party = &tally->list[i].party;
        name_party(&name, trace, party);
        if (name.name == NULL && party->kind != FRAME_FREE)
            name.name = frame_state_name(party->kind);
        json_begin_list(json, NULL);
        json_put_string(json, NULL, name.name);
        json_put_u64(json, NULL, tally->list[i].count);
        json_end_list(json);
    }
    if (tally->others != 0) {
        json_begin_list(json, NULL);
        json_put_string(json, NULL, "others");
        json_put_u64(json, NULL, tally->others);
        json_end_list(json);
    }
    json_end_list(json);
}

static void put_blocker(struct json *json, struct trace *trace,
                        const struct replay_failure *failure)
{
    const struct replay_culprit *blocker = &failure->blocker;

    if (pfn_is_none(blocker->frame)) {
        json_put_null(json, "blocker");
        return;
    }
    bool site = blocker->owned && blocker->process == 0 && blocker->site != SITE_NONE;
    json_begin_object(json, "blocker");
    json_put_u64(json, "frame", blocker->frame.value);
    json_put_u64(json, "frames", blocker->frames);
    json_put_string(json, "kind", frame_state_name(blocker->kind));
    json_put_string(json, "site", site ? trace_site_name(trace, blocker->site) : NULL);
    json_put_optional(json, "process", blocker->process != 0, blocker->process);
    json_put_optional(json, "since_event", blocker->owned, blocker->since_event);
    json_put_bool(json, "way", failure->cause == MM_BRK_BLOCKED || failure->cause == MM_NO_RUN);
    json_end_object(json);
}

static void put_remedies(struct json *json, const struct evidence_run *run, uint64_t ram_bytes,
                         const struct failure_group *group)
{
    struct prose prose = {0};

    for (uint32_t i = 0; i < run->remedies_count; i++)
        if (run->remedies[i].group == group && run->remedies[i].explanation->status == RUN_DONE)
            remedies_put(&prose, run->remedies[i].explanation, ram_bytes);
    prose_put_json(&prose, json, "remedies");
    prose_free(&prose);
}

static void put_group(struct json *json, const struct finding_facts *facts,
                      const struct evidence_run *run, const struct failure_group *group)
{
    const struct replay_failure *first = &group->first;
    struct party_name asker;

    name_party(&asker, facts->trace, &group->askers.list[0].party);
    json_begin_object(json, NULL);
    json_put_string(json, "cause", cause_name(first->cause));
    json_put_string(json, "request", request_name(first->request));
    json_put_bool(json, "late", first->late);
    json_put_string(json, "asker", asker.name);
    json_put_u64(json, "count", group->count);
    json_put_u64(json, "number", group->first_number);
    json_put_u64(json, "first", first->event);
    json_put_u64(json, "last", group->last_event);
    json_put_u64(json, "bytes", first->bytes);
    json_put_u64(json, "bytes_least", group->bytes_least);
    json_put_u64(json, "bytes_most", group->bytes_most);
    json_put_u64(json, "free_bytes", first->free_bytes);
    json_put_u64(json, "most_free_bytes", group->most_free_bytes);
    json_put_u64(json, "sample", group->sample);
    put_blocker(json, facts->trace, first);
    put_tally(json, "blockers", facts->trace, &group->blockers);
    put_tally(json, "askers", facts->trace, &group->askers);
    put_remedies(json, run, facts->ram_bytes, group);
    json_end_object(json);
}

void report_groups_put(const struct evidence *evidence, uint32_t i, struct json *json,
                       const char *key)
{
    const struct finding_facts *facts = &evidence->runs.facts;
    const struct failure_groups *groups = facts->runs[i].groups;

    json_begin_list(json, key);
    for (uint32_t k = 0; k < groups->count; k++)
        put_group(json, facts, &evidence->run[i], &groups->group[k]);
    json_end_list(json);
}
