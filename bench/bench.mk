# `make bench`: programs of this folder, then the rounds. Not part of check.

BENCH_TOOLS = smtp_source smtp_sink make_mails
LIBS_make_mails = -ljpeg -lm

bench: all bench-tools
	@B=$(B) bench/run.sh
bench-tools: $(BENCH_TOOLS:%=$(B)/bench/%)
$(BENCH_TOOLS:%=$(B)/bench/%): $(B)/bench/%: $(B)/bench/%.o $(B)/libbase.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS_$*)

.PHONY: bench-tools
