# mmsim: a kernel's memory manager on a simulated machine and on a real one, from the same sources.
# `make help` lists the targets. Nothing is built outside build/ and coverage/.

CC      ?= gcc
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
