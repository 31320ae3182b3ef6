# What `make check` runs beside the unit tests. Each script prints a closing
# line "N passed, N failed, N skipped"; with CI=true a skip is a failure.

golden: all
	@tools/run-scripts $(sort $(wildcard tests/golden/*/run))
integration: all $(B)/tests/helpers
	@tools/run-scripts $(sort $(wildcard tests/integration/test_*))
crash: all $(B)/tests/helpers
	@tools/run-scripts $(sort $(wildcard tests/crash/test_*.sh))
corpus: all
	@tools/run-scripts $(sort $(wildcard tests/corpus/test_*))

.PHONY: $(B)/tests/helpers
$(B)/tests/helpers:
	@mkdir -p $@
