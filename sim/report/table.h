/* A table of text with a row for each measure and a column for each strategy. It is built cell by
 * cell and then printed. */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdint.h>
#include <stdio.h>

#define TABLE_ROWS_MAX    96u
#define TABLE_COLUMNS_MAX 32u
#define TABLE_LABEL_BYTES 40u
#define TABLE_CELL_BYTES  24u

/* The meaning of a cell, which is shown by colour. */
enum table_meaning { TABLE_PLAIN, TABLE_FAILURE, TABLE_WORST, TABLE_BEST };

struct table {
    uint32_t rows;
    uint32_t columns;
    const char *heading[TABLE_ROWS_MAX]; /* NULL: a row of cells */
    char label[TABLE_ROWS_MAX][TABLE_LABEL_BYTES];
    char cell[TABLE_ROWS_MAX][TABLE_COLUMNS_MAX][TABLE_CELL_BYTES];
    uint8_t meaning[TABLE_ROWS_MAX][TABLE_COLUMNS_MAX]; /* enum table_meaning */
};

/* Make an empty table. columns <= TABLE_COLUMNS_MAX. */
void table_init(struct table *table, uint32_t columns);

/* Start a row; its cells are empty. A label that begins with two spaces belongs to the row above.
   The first row names the columns. The table must have room. Longer text is cut. */
void table_row(struct table *table, const char *label);

/* Add a line above rows that belong together. It is as wide as its text, which must outlive the
 * table. */
void table_heading(struct table *table, const char *text);

/* Set a cell of the last row, which must not be a heading. */
void table_cell(struct table *table, uint32_t column, const char *text);

/* Set the meaning of a cell of the last row. */
void table_mean(struct table *table, uint32_t column, enum table_meaning meaning);

/* Print the table: labels on the left, cells aligned to the right of columns as wide as they need.
 * If the columns do not fit into terminal_width(), they are printed in groups of about the same
 * number, one below the other, each with the labels and the headings. page is from page_open(). */
void table_print(const struct table *table, FILE *page);

#endif
