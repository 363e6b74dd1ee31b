# Runs a machine in QEMU, stops it, and compares the output of QEMU's monitor with that of `mmsim inspect`.
# shellcheck shell=sh disable=SC2154  # run.sh and foreign.sh set the variables

# machine_start ARGUMENT...: starts QEMU in the background. Its serial line goes to $work/serial.log, and its monitor
# reads $work/monitor.in. The script keeps this pipe open, so that neither side waits for the other.
machine_start() {
    rm -f "$work/monitor.in" "$work/monitor.out" "$work/serial.log"
    mkfifo "$work/monitor.in"
    exec 3<>"$work/monitor.in"
    timeout "$LIMIT" "${QEMU:-qemu-system-i386}" "$@" -display none -nic none -no-reboot -no-shutdown \
        -serial "file:$work/serial.log" -monitor stdio <&3 >"$work/monitor.out" 2>&1 &
    machine=$!
}

# machine_tell COMMAND: gives the monitor a command.
machine_tell() {
    echo "$1" >&3
}

# machine_wait FILE PATTERN [COMMAND]: waits until a line of the file matches the pattern, and gives the monitor the
# command meanwhile. Fails if the machine ends before, at the latest after $LIMIT seconds.
machine_wait() {
    until grep -Eq -- "$2" "$1" 2>/dev/null; do
        if ! kill -0 "$machine" 2>/dev/null; then
            echo "no line matches '$2' in:"
            tail -n 20 "$1"
            return 1
        fi
        [ -n "${3:-}" ] && machine_tell "$3"
        sleep 0.1
    done
}

# machine_stop PATTERN: stops the machine where the line of registers with EIP and CPL matches the pattern. Until then,
# lets it run for a moment, and tries again.
machine_stop() {
    stops=0
    while [ "$stops" -lt 100 ]; do
        stops=$((stops + 1))
        machine_tell stop
        machine_tell 'info registers'
        until [ "$(grep -c '^EFER=' "$work/monitor.out")" -eq "$stops" ]; do
            kill -0 "$machine" 2>/dev/null || return 1
            sleep 0.1
        done
        grep '^EIP=' "$work/monitor.out" | tail -n 1 | grep -Eq -- "$1" && return 0
        machine_tell cont
        sleep 0.1
    done
    return 1
}

# machine_end COMMAND...: gives the monitor of a stopped or paused machine the commands, and ends the machine. Leaves the
# output of the monitor in $work/monitor.log, and the lines of `info mem` of x86 in $work/qemu.ranges.
machine_end() {
    for command in "$@" quit; do
        machine_tell "$command"
    done
    wait "$machine" || return 1
    tr -d '\r' <"$work/monitor.out" | grep -v '^(qemu)' >"$work/monitor.log"
    grep -E '^[0-9a-f]{16}-[0-9a-f]{16} ' "$work/monitor.log" >"$work/qemu.ranges"
    return 0
}

# machine_dump BYTES [COMMAND...]: dumps the memory of a stopped or paused machine, gives the monitor the commands, and
# ends the machine. Leaves what machine_end leaves, and $work/mem.dump, and sets cr3 and cr4.
machine_dump() {
    dumped_bytes=$1
    shift
    rm -f "$work/mem.dump"
    machine_end 'info registers' "${@:-info mem}" "pmemsave 0 $dumped_bytes \"$work/mem.dump\"" || return 1
    cr3=0x$(sed -n 's/^CR0=.* CR3=\([0-9a-f]*\) .*/\1/p' "$work/monitor.log" | tail -n 1)
    cr4=0x$(sed -n 's/^CR0=.* CR4=\([0-9a-f]*\).*/\1/p' "$work/monitor.log" | tail -n 1)
    [ "$cr3" != 0x ] && [ "$cr4" != 0x ] && [ -s "$work/mem.dump" ]
}

# same_ranges [STATUS]: `mmsim inspect` prints the same lines as `info mem`, and ends with this status (0 by default).
same_ranges() {
    "$PROGRAM" inspect "$work/mem.dump" --cr3 "$cr3" --cr4 "$cr4" >"$work/mmsim.ranges" 2>"$work/mmsim.err"
    inspect_status=$?
    [ -s "$work/qemu.ranges" ] || return 1
    diff "$work/qemu.ranges" "$work/mmsim.ranges" | head -n 20
    cmp -s "$work/qemu.ranges" "$work/mmsim.ranges" || return 1
    [ "$inspect_status" -eq "${1:-0}" ] && return 0
    cat "$work/mmsim.err"
    return 1
}
