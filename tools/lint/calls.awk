# Calls that are banned everywhere, and malloc outside the few files that may.
BEGIN {
	banned = "(^|[^a-zA-Z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|" \
	    "atoi|atol|alloca|gets|system|popen|strncpy|strncat|rand|tmpnam|" \
	    "mktemp|setjmp_unchecked)[ \t]*\\("
	alloc = "(^|[^a-zA-Z0-9_])(malloc|calloc|realloc|strdup|strndup)" \
	    "[ \t]*\\("
}
FNR == 1 {
	comment = 0
	may_alloc = FILENAME ~ /base\/(arena|buf)\.c$/
}
{
	line = $0
	# strings and comments do not call anything
	gsub(/\\"/, "", line)
	gsub(/"[^"]*"/, "\"\"", line)
	gsub(/\/\*[^*]*\*\//, "", line)
	if (comment) {
		if (line !~ /\*\//)
			next
		sub(/.*\*\//, "", line)
		comment = 0
	}
	if (line ~ /\/\*/) {
		comment = 1
		sub(/\/\*.*/, "", line)
	}
	if (line ~ banned)
		print FILENAME ":" FNR ": banned call: " $0
	# "start-up:" on the line above says why an allocation is allowed
	if (line ~ alloc && !may_alloc && last !~ /start-up:/ &&
	    $0 !~ /start-up:/)
		print FILENAME ":" FNR ": allocation outside base: " $0
	last = $0
}
