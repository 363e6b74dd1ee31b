#include "support/model_region.h"

#include "support/on_machine.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct region *region_at(vaddr_t node)
{
    return machine_pointer(node);
}

/* ---- the picture ---- */

static char picture[1024];

static void draw(const struct region *region)
{
    static const char letters[REGION_KIND_COUNT + 1] = "tdbhsm";
    size_t used = strlen(picture);
    char letter = letters[region->kind];

    snprintf(picture + used, sizeof picture - used, "%s%x-%x%c", used != 0 ? " " : "",
             region->start >> PAGE_SHIFT, region->end >> PAGE_SHIFT,
             region->writable ? (char)toupper(letter) : letter);
}

static void draw_tree(vaddr_t node)
{
    if (vaddr_is_none(node))
        return;
    draw_tree(region_at(node)->left);
    draw(region_at(node));
    draw_tree(region_at(node)->right);
}

const char *model_region_picture(const struct region_tree *tree)
{
    picture[0] = '\0';
    draw_tree(tree->root);
    return picture;
}

void assert_regions(const struct region_tree *tree, const char *expected)
{
    const char *broken = region_check(tree, USER_END);

    if (broken != NULL)
        fail_msg("%s: %s", broken, model_region_picture(tree));
    assert_string_equal(model_region_picture(tree), expected);
}

static uint32_t depth_of(vaddr_t node)
{
    if (vaddr_is_none(node))
        return 0;
    uint32_t left = depth_of(region_at(node)->left);
    uint32_t right = depth_of(region_at(node)->right);
    return 1u + (left > right ? left : right);
}

uint32_t model_region_depth(const struct region_tree *tree)
{
    return depth_of(tree->root);
}

/* ---- the naive model ---- */

uint32_t model_regions_find(const struct model_regions *model, uint32_t va)
{
    uint32_t at = 0;

    while (at < model->count && model->region[at].end <= va)
        at++;
    return at;
}

bool model_regions_overlap(const struct model_regions *model, uint32_t start, uint32_t end)
{
    uint32_t at = model_regions_find(model, start);

    return at < model->count && model->region[at].start < end;
}

static void insert(struct model_regions *model, uint32_t at, struct region region)
{
    assert_true(model->count < MODEL_REGIONS_MAX);
    memmove(&model->region[at + 1], &model->region[at],
            (model->count - at) * sizeof model->region[0]);
    model->region[at] = region;
    model->count++;
}

static void take_out(struct model_regions *model, uint32_t at)
{
    model->count--;
    memmove(&model->region[at], &model->region[at + 1],
            (model->count - at) * sizeof model->region[0]);
}

void model_regions_add(struct model_regions *model, uint32_t start, uint32_t end,
                       enum region_kind kind, bool writable)
{
    insert(
        model, model_regions_find(model, start),
        (struct region){.start = start, .end = end, .kind = (uint8_t)kind, .writable = writable});
}

/* Takes out each region that overlaps, and puts its parts outside of the cut back. */
void model_regions_cut(struct model_regions *model, uint32_t start, uint32_t end)
{
    while (model_regions_overlap(model, start, end)) {
        uint32_t at = model_regions_find(model, start);
        struct region below = model->region[at];
        struct region above = model->region[at];
        take_out(model, at);
        below.end = start;
        above.start = end;
        if (above.start < above.end)
            insert(model, at, above);
        if (below.start < below.end)
            insert(model, at, below);
    }
}

static uint32_t assert_subtree_agrees(vaddr_t node, const struct model_regions *model, uint32_t at)
{
    if (vaddr_is_none(node))
        return at;
    at = assert_subtree_agrees(region_at(node)->left, model, at);
    assert_true(at < model->count);
    assert_int_equal(region_at(node)->start, model->region[at].start);
    assert_int_equal(region_at(node)->end, model->region[at].end);
    assert_int_equal(region_at(node)->kind, model->region[at].kind);
    assert_int_equal(region_at(node)->writable, model->region[at].writable);
    return assert_subtree_agrees(region_at(node)->right, model, at + 1);
}

void assert_regions_agree(const struct region_tree *tree, const struct model_regions *model)
{
    const char *broken = region_check(tree, USER_END);

    if (broken != NULL)
        fail_msg("%s", broken);
    assert_int_equal(assert_subtree_agrees(tree->root, model, 0), model->count);
    assert_int_equal(tree->count, model->count);
}
