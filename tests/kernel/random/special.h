/* Instructions that need more than a template: operands with chosen values, or a frame on the
 * stack. */
#ifndef RANDOM_SPECIAL_H
#define RANDOM_SPECIAL_H

typedef void special_write(void);

/* ---- integer.c ---- */
special_write write_shift, write_double_shift, write_bit_string, write_scan, write_divide;
special_write write_string, write_all_registers, write_enter, write_leave, write_xlat,
    write_absolute;

/* ---- transfer.c ---- */
special_write write_jump, write_indirect_jump, write_call, write_return, write_loop;
special_write write_far_jump, write_far_call, write_far_return, write_interrupt_return;
special_write write_interrupt, write_bound, write_sysenter, write_sysexit;

/* ---- system.c ---- */
special_write write_segment_move, write_segment_pop, write_segment_push, write_segment_read;
special_write write_far_pointer_load, write_descriptor_look, write_table_store, write_table_load;
special_write write_popf, write_pushf, write_interrupt_flag, write_port, write_port_string;
special_write write_control_read, write_control_write, write_lmsw, write_smsw, write_privileged;

/* ---- x87.c ---- */
special_write write_x87, write_x87_load, write_x87_store, write_x87_control, write_mxcsr;

#endif
