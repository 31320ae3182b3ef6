# Who may include whom (see the README's map). Reads #include "..." lines.
# owner: the folder whose rules count for a file.
function owner(path) {
	if (path ~ /^gateway\//) {
		split(path, p, "/")
		return p[2]
	}
	if (path ~ /^sanitizer\/(worker|render)\//)
		return "worker"
	split(path, p, "/")
	return p[1]
}
function resolve(from, inc,	dir, n, part, i, out, k) {
	dir = from
	sub(/\/[^\/]*$/, "", dir)
	n = split(dir "/" inc, part, "/")
	k = 0
	for (i = 1; i <= n; i++) {
		if (part[i] == "..")
			k--
		else if (part[i] != ".")
			out[++k] = part[i]
	}
	dir = out[1]
	for (i = 2; i <= k; i++)
		dir = dir "/" out[i]
	return dir
}
BEGIN {
	may["base"] = " base "
	may["proc"] = " base proc "
	may["smtp"] = " base smtp "
	may["spool"] = " base spool "
	may["packet"] = " base packet "
	may["inspect"] = " base inspect "
	may["capture"] = " base capture "
	may["snmp"] = " base snmp "
	may["audit"] = " base audit "
	may["search"] = " base audit search "
	may["verify"] = " base verify "
	may["daemon"] = " base proc smtp spool packet inspect capture snmp audit " \
	    "verify daemon rules "
	may["rules"] = " base rules "
	may["sanitizer"] = " base sanitizer "
	may["worker"] = " base proc spool sanitizer worker rules "
	may["tools"] = " base proc spool packet capture audit search rules tools " \
	    "sanitizer snmp "
}
/^#include "/ {
	inc = $2
	gsub(/"/, "", inc)
	target = resolve(FILENAME, inc)
	from = owner(FILENAME)
	to = owner(target)
	bad = ""
	if (index(may[from], " " to " ") == 0)
		bad = from " may not include " to
	else if (to == "rules" && from != "rules" && target != "rules/rules.h")
		bad = "only rules/rules.h is public"
	else if (to == "sanitizer" && from != "sanitizer" &&
	    target != "sanitizer/sanitizer.h" && target != "sanitizer/limits.h" &&
	    target != "sanitizer/pixels.h" && target != "sanitizer/formats.h")
		bad = "only sanitizer/sanitizer.h is public"
	else if (target ~ /_internal\.h$/ && from != to)
		bad = "a private header left its folder"
	else if (target ~ /^tests\//)
		bad = "product code includes tests"
	else if (from == "daemon" && to == "verify" &&
	    FILENAME !~ /\/verify/)
		bad = "only the verifier's program includes verify"
	else if (from == "tools" && to == "sanitizer" &&
	    target != "sanitizer/formats.h")
		bad = "the tool shows formats, it makes nothing safe itself"
	if (bad != "")
		print FILENAME ":" FNR ": " inc ": " bad
}
