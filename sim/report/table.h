/* A table of text: measures down, strategies across. Built cell by cell, then printed once. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdint.h>
#include <stdio.h>

#define TABLE_ROWS_MAX    96u
#define TABLE_COLUMNS_MAX 32u
#define TABLE_LABEL_BYTES 40u
#define TABLE_CELL_BYTES  24u

/* What a cell means, as colour shows it where there is colour. */
enum table_meaning { TABLE_PLAIN, TABLE_FAILURE, TABLE_WORST, TABLE_BEST };

struct table {
    uint32_t rows;
    uint32_t columns;
    const char *heading[TABLE_ROWS_MAX]; /* NULL: a row of cells */
    char label[TABLE_ROWS_MAX][TABLE_LABEL_BYTES];
    char cell[TABLE_ROWS_MAX][TABLE_COLUMNS_MAX][TABLE_CELL_BYTES];
    uint8_t meaning[TABLE_ROWS_MAX][TABLE_COLUMNS_MAX]; /* enum table_meaning */
};

/* No rows. columns <= TABLE_COLUMNS_MAX. */
void table_init(struct table *table, uint32_t columns);

/* Start a row; its cells are empty. A label that begins with two spaces belongs to the row above.
   The first row names the columns. The table must have room. Longer text is cut. */
void table_row(struct table *table, const char *label);

/* A line of its own above rows that belong together, as wide as it is. text outlives the table. */
void table_heading(struct table *table, const char *text);

/* A cell of the last row, which is no heading. */
void table_cell(struct table *table, uint32_t column, const char *text);

/* What that cell means. */
void table_mean(struct table *table, uint32_t column, enum table_meaning meaning);

/*
 * Labels to the left, cells to the right of columns as wide as they need. Where the columns do not
 * fit into terminal_width(), they come in groups of about the same number, one under the other,
 * each with the labels and the headings. page is from page_open().
 */
void table_print(const struct table *table, FILE *page);

#endif
