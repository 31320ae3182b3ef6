# `make bench`: programs of this folder, then the rounds. Not part of check.

BENCH_TOOLS = smtp_source smtp_sink make_mails bench_sanitize watch_memory
AR_bench_sanitize = sanitizer
LIBS_make_mails = -ljpeg -lm
LIBS_bench_sanitize = $(LIBS_content) -lcrypto

bench: all bench-tools
	@B=$(B) bench/run.sh
bench-tools: $(BENCH_TOOLS:%=$(B)/bench/%)
define BENCH_TOOL
$(B)/bench/$(1): $(B)/bench/$(1).o $$(AR_$(1):%=$(B)/lib%.a) $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $$@ $$^ $$(LIBS_$(1))
endef
$(foreach t,$(BENCH_TOOLS),$(eval $(call BENCH_TOOL,$(t))))

.PHONY: bench-tools
