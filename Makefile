# mmsim: a kernel's memory manager on a simulated machine and on a real one, from the same sources.
# `make help` lists the targets. Nothing is built outside build/ and coverage/.

ifeq ($(origin CC),default)
CC      := gcc
endif
BUILD   ?= build
VARIANT ?= host
O       := $(BUILD)/$(VARIANT)

WARN := -std=c11 -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-align \
        -Wstrict-prototypes -Wmissing-prototypes -Werror

# ---- what is compiled --------------------------------------------------------------------------------
# The memory manager and the replay: the very same list for the host and for the image.
CORE_SRC  := $(sort $(wildcard src/mm/*.c src/replay/*.c))
SIM_SRC   := $(sort $(wildcard sim/*/*.c))
TEST_SRC  := $(sort $(wildcard tests/*/test_*.c))
SUPPORT_SRC := $(sort $(wildcard tests/support/*.c))

# ---- the host ----------------------------------------------------------------------------------------
# Variants: host (the program), asan (address and undefined-behaviour sanitizers), gcov (coverage).
OPT_host := -O2 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_gcov := -O0 -g --coverage -fprofile-abs-path
OPT      := $(OPT_$(VARIANT))

# zstd and xz traces; without the libraries the program says which package it misses.
PKG     := $(shell command -v pkg-config 2>/dev/null)
HAVE     = $(if $(PKG),$(shell pkg-config --exists $(1) && echo yes))
ZSTD    := $(call HAVE,libzstd)
LZMA    := $(call HAVE,liblzma)
LIBS    := $(if $(ZSTD),-lzstd) $(if $(LZMA),-llzma)
DEFINES := $(if $(ZSTD),-DHAVE_ZSTD) $(if $(LZMA),-DHAVE_LZMA)

HOST_CFLAGS  := $(WARN) $(OPT) -D_GNU_SOURCE $(DEFINES) -Iinclude -Isrc -Isim -Isim/machine/include
HOST_LDFLAGS := $(filter -fsanitize% --coverage,$(OPT))

CORE_OBJ    := $(CORE_SRC:%.c=$(O)/%.o)
SIM_OBJ     := $(SIM_SRC:%.c=$(O)/%.o)
SUPPORT_OBJ := $(SUPPORT_SRC:%.c=$(O)/%.o)
TESTS       := $(TEST_SRC:%.c=$(O)/%)
PROGRAM     := $(if $(filter host,$(VARIANT)),$(BUILD)/mmsim,$(O)/mmsim)

.PHONY: all
all: $(PROGRAM) ## build/mmsim, the program (the default)

$(PROGRAM): $(O)/sim/main.o $(O)/libmmsim.a
	@mkdir -p $(@D)
	$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS)

$(O)/libmmsim.a: $(CORE_OBJ) $(SIM_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(TESTS): $(O)/%: $(O)/%.o $(SUPPORT_OBJ) $(O)/libmmsim.a
	$(CC) $(HOST_LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

$(O)/tests/%.o: HOST_CFLAGS += -Itests -DMMSIM_PROGRAM='"$(PROGRAM)"'
.PRECIOUS: $(O)/%.o

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- the image ---------------------------------------------------------------------------------------
# CORE_SRC again, and the real machine, as one multiboot ELF without libc and libgcc. Structures of 4 bytes
# (addresses, frame numbers) are returned in registers: one choice for all objects of the image.
IMAGE_O      := $(BUILD)/image
IMAGE_SRC    := $(sort $(wildcard src/i386/*.c))
IMAGE_ASM    := $(sort $(wildcard src/i386/*.S))
IMAGE_CORE   := $(CORE_SRC:%.c=$(IMAGE_O)/%.o)
IMAGE_OBJ    := $(IMAGE_CORE) $(IMAGE_SRC:%.c=$(IMAGE_O)/%.o) $(IMAGE_ASM:%.S=$(IMAGE_O)/%.o)
IMAGE_CFLAGS := $(WARN) -m32 -march=i686 -O2 -g -ffreestanding -fno-pic -fno-stack-protector \
                -fno-asynchronous-unwind-tables -mno-sse -mno-mmx -freg-struct-return \
                -Iinclude -Isrc -Isrc/i386/include
IMAGE_LINK   := -m32 -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--fatal-warnings

# The bundled traces as boot modules.
BUNDLED        := $(sort $(wildcard bench/traces/*.mmb.zst))
BUNDLED_MODULE := $(BUNDLED:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb)

# make boot: which trace (any that the program reads), under which strategy (all), with how much RAM.
TRACE       ?= $(firstword $(BUNDLED))
STRATEGY    ?=
RAM         ?= 512M
BOOT_OWN    := $(filter-out $(BUNDLED),$(TRACE))
BOOT_MODULE := $(if $(BOOT_OWN),$(BUILD)/traces/own/$(basename $(notdir $(TRACE:.zst=))).mmb,\
                 $(TRACE:bench/traces/%.mmb.zst=$(BUILD)/traces/%.mmb))

.PHONY: image boot test-image
image: $(BUILD)/mmsim.elf $(BUNDLED_MODULE) ## the bootable image: build/mmsim.elf, and build/mmsim.iso where GRUB's tools are
	@src/i386/iso.sh $(BUILD)/mmsim.elf $(BUILD)/mmsim.iso $(BUNDLED_MODULE)

boot: $(BUILD)/mmsim.elf $(BOOT_MODULE) ## boot it in QEMU and replay a trace: TRACE=FILE STRATEGY=NAME RAM=512M
	@src/i386/qemu.sh $(BUILD)/mmsim.elf $(RAM) '$(if $(STRATEGY),strategy=$(STRATEGY))' $(BOOT_MODULE)

test-image: $(PROGRAM) image ## boot it, and compare its results with the program's
	@BUILD='$(BUILD)' PROGRAM='$(PROGRAM)' HOST_O='$(O)' IMAGE_O='$(IMAGE_O)' CC='$(CC)' \
	 HOST_CFLAGS='$(HOST_CFLAGS)' IMAGE_CFLAGS='$(IMAGE_CFLAGS)' CORE_SRC='$(CORE_SRC)' \
	 tests/image/run.sh $(BUNDLED_MODULE)

$(BUILD)/mmsim.elf: $(IMAGE_OBJ) src/i386/image.ld
	$(CC) $(IMAGE_LINK) -T src/i386/image.ld -o $@ $(IMAGE_OBJ)

$(IMAGE_O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(IMAGE_CFLAGS) -MMD -MP -c -o $@ $<

$(IMAGE_O)/%.o: %.S
	@mkdir -p $(@D)
	$(CC) -m32 -g -MMD -MP -c -o $@ $<

$(BUILD)/traces/%.mmb: bench/traces/%.mmb.zst $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@

ifneq ($(BOOT_OWN),)
$(BOOT_MODULE): $(TRACE) $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) convert $< $@
endif
