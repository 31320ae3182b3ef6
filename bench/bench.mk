# `make bench`: programs of this folder, then the rounds. Not part of check.

bench: all
	@bench/run.sh
