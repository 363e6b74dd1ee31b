#!/usr/bin/env python3
"""Linux's own free memory around a trace, as NAME.linux has it.

usage: linux_free.py BEFORE.kpageflags FTRACE [AFTER.txt] > NAME.linux

BEFORE is /proc/kpageflags just before the trace, AFTER holds /proc/buddyinfo right behind its last event
(leave it out where the trace was cut off); any may be compressed with xz. The end is the start, and what the
trace says of each frame: every page that is allocated or freed has its number there. Pages that it allocates
though they were not free at the start were on a per-CPU list. ZONE_DMA is left out.
"""
import lzma
import re
import struct
import sys

DMA_END = 0x1000
ORDER_MAX = 10
KPF_BUDDY = 1 << 10
EVENT = re.compile(r" mm_page_(alloc|free): page=\S+ pfn=0x(\w+) order=(\d+)")


def opened(path, mode):
    return lzma.open(path, mode) if path.endswith(".xz") else open(path, mode)


def runs(frames):
    """The runs [start, end) of a set of frames."""
    edges = sorted(f for f in frames if f - 1 not in frames)
    ends = sorted(f + 1 for f in frames if f + 1 not in frames)
    return zip(edges, ends)


def blocks(frames):
    """How many blocks of each order a buddy allocator has of these free frames."""
    count = [0] * (ORDER_MAX + 1)
    for start, end in runs(frames):
        while start < end:
            order = min((start & -start).bit_length() - 1, (end - start).bit_length() - 1, ORDER_MAX)
            count[order] += 1
            start += 1 << order
    return count


def print_blocks(when, count):
    print("linux-free", when, *count)


with opened(sys.argv[1], "rb") as file:
    flags = struct.iter_unpack("<Q", file.read())
    free = {frame for frame, (bits,) in enumerate(flags) if bits & KPF_BUDDY and frame >= DMA_END}
print("# made by linux_free.py; what it is, and what it is for: README.md")
for start, end in runs(free):
    print(f"BIOS-e820: [mem 0x{start << 12:016x}-0x{(end << 12) - 1:016x}] usable")
print_blocks("start", blocks(free))
per_cpu = 0
with opened(sys.argv[2], "rt") as file:
    for kind, number, order in (m.groups() for m in map(EVENT.search, file) if m):
        first = int(number, 16)
        block = range(first, first + (1 << int(order))) if first >= DMA_END else ()
        per_cpu += sum(frame not in free for frame in block) if kind == "alloc" else 0
        (free.difference_update if kind == "alloc" else free.update)(block)
print_blocks("end", blocks(free))
print("linux-free per-cpu", per_cpu)
if len(sys.argv) > 3:
    with opened(sys.argv[3], "rt") as file:
        zones = re.findall(r"^Node 0, zone +(?!DMA)\w+((?: +\d+){11}) *$", file.read(), re.M)
    print_blocks("buddyinfo", [sum(map(int, column)) for column in zip(*map(str.split, zones))])
