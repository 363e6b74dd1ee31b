#include "report/table.h"

#include <string.h>

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

static int wider(int width, const char *text)
{
    int length = (int)strlen(text);

    return length > width ? length : width;
}

void table_print(const struct table *table, FILE *out)
{
    int label_width = 0;
    int widths[TABLE_COLUMNS_MAX] = {0};

    for (uint32_t row = 0; row < table->rows; row++) {
        label_width = wider(label_width, table->label[row]);
        for (uint32_t column = 0; column < table->columns; column++)
            widths[column] = wider(widths[column], table->cell[row][column]);
    }
    for (uint32_t row = 0; row < table->rows; row++) {
        if (table->heading[row] != NULL) {
            fprintf(out, "%s\n", table->heading[row]);
            continue;
        }
        fprintf(out, "%-*s", label_width, table->label[row]);
        for (uint32_t column = 0; column < table->columns; column++)
            fprintf(out, "  %*s", widths[column], table->cell[row][column]);
        fputc('\n', out);
    }
}
