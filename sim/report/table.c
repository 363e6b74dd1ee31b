#include "report/table.h"

#include <string.h>

#include "report/page.h"
#include "report/terminal.h"

#define GAP 2u /* columns of the terminal between two columns of the table */

/* ---- building ---- */

void table_init(struct table *table, uint32_t columns)
{
    table->rows = 0;
    table->columns = columns;
}

void table_row(struct table *table, const char *label)
{
    uint32_t row = table->rows++;

    table->heading[row] = NULL;
    snprintf(table->label[row], TABLE_LABEL_BYTES, "%s", label);
    memset(table->cell[row], 0, sizeof table->cell[row]);
    memset(table->meaning[row], TABLE_PLAIN, sizeof table->meaning[row]);
}

void table_heading(struct table *table, const char *text)
{
    table_row(table, "");
    table->heading[table->rows - 1u] = text;
}

void table_cell(struct table *table, uint32_t column, const char *text)
{
    snprintf(table->cell[table->rows - 1u][column], TABLE_CELL_BYTES, "%s", text);
}

void table_mean(struct table *table, uint32_t column, enum table_meaning meaning)
{
    table->meaning[table->rows - 1u][column] = (uint8_t)meaning;
}

/* ---- printing ---- */

struct widths {
    uint32_t label;
    uint32_t column[TABLE_COLUMNS_MAX];
};

static void widen(uint32_t *width, const char *text)
{
    uint32_t columns = page_columns(text);

    *width = columns > *width ? columns : *width;
}

static void measure(const struct table *table, struct widths *widths)
{
    *widths = (struct widths){0};
    for (uint32_t row = 0; row < table->rows; row++) {
        widen(&widths->label, table->label[row]);
        for (uint32_t column = 0; column < table->columns; column++)
            widen(&widths->column[column], table->cell[row][column]);
    }
}

/* The number of columns from `first` on that fit beside the labels: at most `most`, and at least
 * one. */
static uint32_t columns_that_fit(const struct table *table, const struct widths *widths,
                                 uint32_t first, uint32_t most)
{
    uint32_t width = widths->label + GAP + widths->column[first];
    uint32_t count = 1;

    while (count < most && first + count < table->columns) {
        width += GAP + widths->column[first + count];
        if (width > terminal_width())
            break;
        count++;
    }
    return count;
}

static uint32_t groups_of(const struct table *table, const struct widths *widths, uint32_t most)
{
    uint32_t groups = 0;

    for (uint32_t first = 0; first < table->columns; groups++)
        first += columns_that_fit(table, widths, first, most);
    return groups;
}

/* Make groups of about the same size without making more of them: seven columns are four and three,
 * not six and one. */
static uint32_t columns_of_group(const struct table *table, const struct widths *widths)
{
    uint32_t groups = groups_of(table, widths, table->columns);
    uint32_t most = table->columns;

    while (most > 1 && groups_of(table, widths, most - 1u) == groups)
        most--;
    return most;
}

static void put_cell(const struct table *table, uint32_t row, uint32_t column, uint32_t width,
                     FILE *page)
{
    static const char *const marks[] = {[TABLE_PLAIN] = "",
                                        [TABLE_FAILURE] = PAGE_FAILURE,
                                        [TABLE_WORST] = PAGE_WORST,
                                        [TABLE_BEST] = PAGE_BEST};
    const char *text = table->cell[row][column];
    enum table_meaning meaning = table->meaning[row][column];

    fprintf(page, "%*s%s%s%s", (int)(GAP + width - page_columns(text)), "", marks[meaning], text,
            meaning != TABLE_PLAIN ? PAGE_PLAIN : "");
}

static void put_group(const struct table *table, const struct widths *widths, uint32_t first,
                      uint32_t count, FILE *page)
{
    for (uint32_t row = 0; row < table->rows; row++) {
        if (table->heading[row] != NULL) {
            fprintf(page, "%s\n", table->heading[row]);
            continue;
        }
        fprintf(page, "%-*s", (int)widths->label, table->label[row]);
        for (uint32_t column = first; column < first + count; column++)
            put_cell(table, row, column, widths->column[column], page);
        fputc('\n', page);
    }
}

void table_print(const struct table *table, FILE *page)
{
    struct widths widths;

    measure(table, &widths);
    uint32_t most = columns_of_group(table, &widths);
    for (uint32_t first = 0, count; first < table->columns; first += count) {
        count = columns_that_fit(table, &widths, first, most);
        if (first != 0)
            fputc('\n', page);
        put_group(table, &widths, first, count, page);
    }
}
