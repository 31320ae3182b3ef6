# Files under 800 lines, functions under 70, lines of 80 columns (a character
# of an East Asian script counts two), a licence line, no trailing blanks.
function columns(s,	n, i, c) {
	n = 0
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else
			n++
	}
	return n
}
FNR == 1 {
	if (last_file != "" && last_line > 800 && last_file !~ /_table\.h$/)
		print last_file ":" last_line ": file over 800 lines"
	last_file = FILENAME
	if ($0 !~ /SPDX-License-Identifier: GPL-3.0-or-later/)
		print FILENAME ":1: no licence line"
	start = 0
}
{ last_line = FNR }
FILENAME ~ /_table\.h$/ { next }
/[ \t]$/ { print FILENAME ":" FNR ": trailing blank" }
$0 ~ /^[\t -~]*$/ && columns($0) > 80 {
	print FILENAME ":" FNR ": line over 80 columns"
}
/^{/ { start = FNR }
/^}/ {
	if (start > 0 && FNR - start > 71)
		print FILENAME ":" start ": function of " FNR - start - 1 \
		    " lines"
	start = 0
}
END {
	if (last_line > 800 && last_file !~ /_table\.h$/)
		print last_file ":" last_line ": file over 800 lines"
}
