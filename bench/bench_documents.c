/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Documents, format by format: our conversion beside the floor, a running
 * sekisho-sanitize, the whole program `sekisho sanitize`, and programs of
 * others, on the same files in the same rounds.
 *
 *	bench_documents [-t] -b BUILD -m MADE -w WORK [-c CORPUS] [-n FILES]
 *	    [-r ROUNDS] [-l SECONDS] [-f FORMAT]
 *
 * MADE has the files of make_documents.py and make_pages; WORK is an empty
 * folder. A peer that takes longer than SECONDS is ended, and one that takes
 * a quarter of that runs once on that file. -t: TSV.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../gateway/base/log.h"
#include "../sanitizer/sanitizer.h"
#include "documents.h"

#define DOCUMENTS_MAX	4096
#define OURS_LIMIT_S	60
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct format formats[] = {
	{ "docx", " docx docm ", NULL, ON_OFFICE, CONVERT_OFFICE, "office", 0,
	    true },
	{ "xlsx", " xlsx xlsm ", NULL, ON_OFFICE, CONVERT_OFFICE, "office", 0,
	    true },
	{ "xlsx, sheet of 30 MB", NULL, "sheet.xlsx", ON_OFFICE,
	    CONVERT_OFFICE, "office", 0, true },
	{ "pptx", " pptx pptm ", NULL, ON_OFFICE, CONVERT_OFFICE, "office", 0,
	    true },
	{ "pdf redrawn", " pdf ", NULL, ON_PDF, -1, "pdf-redraw", 0, false },
	{ "pdf redrawn, 100 pages", NULL, "pages-100.pdf", ON_PDF, -1,
	    "pdf-redraw", 0, false },
	{ "pdf as pictures", " pdf ", NULL, ON_PDF, -1, "pdf-image", 1, false },
	{ "pdf as pictures, 100 p.", NULL, "pages-100.pdf", ON_PDF, -1,
	    "pdf-image", 1, false },
	{ "jpeg", " jpg jpeg ", NULL, ON_PICTURE, CONVERT_PICTURE, "jpeg", 0,
	    true },
	{ "jpeg, 12 Mpx", NULL, "photo.jpg", ON_PICTURE, CONVERT_PICTURE,
	    "jpeg", 0, true },
	{ "png", " png ", NULL, ON_PICTURE, CONVERT_PICTURE, "png", 0, true },
	{ "gif", " gif ", NULL, ON_PICTURE, CONVERT_PICTURE, "gif", 0, false },
	{ "tiff", " tif tiff ", NULL, ON_PICTURE, CONVERT_PICTURE, "tiff", 0,
	    false },
	{ "bmp", " bmp ", NULL, ON_PICTURE, CONVERT_PICTURE, "bmp", 0, false },
	{ "webp", " webp ", NULL, ON_PICTURE, CONVERT_PICTURE, "webp", 0,
	    false },
	{ "zip", " zip ", NULL, ON_ZIP, 0, "zip", 0, false },
	{ "zip of 20 documents", NULL, "twenty.zip", ON_ZIP, -1, "zip", 0,
	    false },
	{ "7z", " 7z ", NULL, ON_ARCHIVE, 0, "zip", 0, false },
	{ "lzh", " lzh lha ", NULL, ON_ARCHIVE, 0, "zip", 0, false },
	{ "csv", " csv ", NULL, ON_TABLE, 0, "csv", 0, false },
};

/*
 * $1 the file, $2 where it may write (the same name), $3 an empty folder.
 * mat2 is the first: the goals name it.
 */
static const struct peer {
	const char	*name, *program;
	unsigned	 on;
	const char	*script;
} peers[WHO_N - WHO_PEERS] = {
	{ "mat2", "mat2", ON_OFFICE | ON_PDF | ON_PICTURE | ON_ZIP,
	    "mat2 --unknown-members omit \"$1\" && "
	    "test -s \"${1%.*}.cleaned.${1##*.}\"" },
	{ "qpdf, plain rewrite", "qpdf", ON_PDF,
	    "exec qpdf --no-warn --warning-exit-0 \"$1\" \"$2\"" },
	{ "LibreOffice", "soffice", ON_OFFICE | ON_PDF | ON_TABLE,
	    "soffice -env:UserInstallation=\"file://$4/office\" --headless "
	    "--convert-to ${1##*.} --outdir \"$3\" \"$1\" && "
	    "test -s \"$3/${1##*/}\"" },
	{ "ImageMagick -strip", "convert-im6.q16", ON_PICTURE,
	    "exec convert-im6.q16 \"$1\" -strip \"$2\"" },
	{ "ImageMagick -strip", "magick", ON_PICTURE,
	    "exec magick \"$1\" -strip \"$2\"" },
	{ "vips, strip", "vips", ON_PICTURE,
	    "exec vips copy \"$1\" \"$2[strip]\"" },
	{ "7z, unpack and pack", "7z", ON_OFFICE | ON_ZIP | ON_ARCHIVE,
	    "7z x -y -bd -pnone -o\"$3\" \"$1\" && cd \"$3\" && "
	    "7z a -bd -tzip -mx=5 \"$2.zip\" ." },
};

static struct {
	enum form	 form;
	const char	*build, *made, *work, *corpus, *only;
	unsigned	 files, rounds;
	double		 limit_s;
} options = { .files = 4, .rounds = 3, .limit_s = 12 };

static bool have_peer[COUNT(peers)];
static char program[PATH_MAX], rules[PATH_MAX];
static struct document *documents;	/* shared */
static unsigned documents_n;
static bool *chosen;			/* shared */
static struct table table;

/* ---- which files ---- */

static const char *find_extensions;

static int
note_file(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	const char *dot = strrchr(path + where->base, '.');
	char word[16];
	size_t n = 0;

	if (type != FTW_F || dot == NULL || strlen(dot) > 8 ||
	    documents_n == DOCUMENTS_MAX || st->st_size == 0)
		return 0;
	word[n++] = ' ';
	while (*++dot != '\0')
		word[n++] = (char)tolower((unsigned char)*dot);
	word[n++] = ' ';
	word[n] = '\0';
	if (strstr(find_extensions, word) == NULL)
		return 0;
	snprintf(documents[documents_n].path, PATH_MAX, "%s", path);
	documents[documents_n++].bytes = (uint64_t)st->st_size;
	return 0;
}

static int
compare_documents(const void *a, const void *b)
{
	const struct document *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? -1 : 1;
	return strcmp(x->path, y->path);
}

static void
find_documents(const struct format *format)
{
	char path[PATH_MAX];
	struct stat st;

	documents_n = 0;
	find_extensions = format->extensions;
	if (format->file != NULL) {
		snprintf(documents[0].path, PATH_MAX, "%s/%s", options.made,
		    format->file);
		if (stat(documents[0].path, &st) == 0)
			documents[documents_n++].bytes =
			    (uint64_t)st.st_size;
		return;
	}
	snprintf(path, sizeof(path), "%s/small", options.made);
	(void)nftw(path, note_file, 16, FTW_PHYS);
	if (options.corpus != NULL)
		(void)nftw(options.corpus, note_file, 16, FTW_PHYS);
	qsort(documents, documents_n, sizeof(*documents), compare_documents);
}

/* The chosen ones under plain names in WORK, where peers may write. */
static void
take_document(const struct document *from, unsigned i)
{
	const char *copy = "cp \"$1\" \"$2\" && chmod 644 \"$2\"";
	struct document *to = &table.documents[i];
	const char *arguments[] = { from->path, to->path, NULL };
	struct outcome outcome;

	*to = *from;
	snprintf(to->path, PATH_MAX, "%s/in%u%s", options.work, i,
	    strrchr(from->path, '.'));
	run_script(copy, arguments, false, OURS_LIMIT_S, &outcome);
	if (!outcome.ok)
		die(4, "%s: cannot be copied", from->path);
}

static void
choose(const struct format *format)
{
	struct ours ours = { .format = format, .documents = documents,
	    .chosen = chosen, .program = program };
	struct outcome outcome;

	memset(&table, 0, sizeof(table));
	table.format = format;
	find_documents(format);
	if (documents_n == 0)
		return;
	memset(chosen, 0, DOCUMENTS_MAX * sizeof(*chosen));
	ours.documents_n = documents_n;
	ours.wanted = options.files < documents_n ? options.files :
	    documents_n;
	run_inside(ours_choose, &ours, 600, &outcome);
	if (!outcome.ok)
		die(4, "%s does not start", program);
	for (unsigned i = 0; i < documents_n; i++)
		if (chosen[i] && table.documents_n < FILES_MAX)
			take_document(&documents[i], table.documents_n++);
}

/* ---- rounds ---- */

static void
choose_contenders(const struct format *format)
{
	if (format->task != -1)
		table.names[WHO_CONVERT] = "conversion alone";
	if (format->floor)
		table.names[WHO_FLOOR] = "floor";
	table.names[WHO_RUNNING] = "sanitizer, running";
	table.names[WHO_PROGRAM] = "sekisho sanitize";
	if (format->file != NULL && format->on & ON_ZIP)
		table.names[WHO_ONE_CORE] = "the same, one core";
	for (unsigned i = 0; i < COUNT(peers); i++)
		if (have_peer[i] && peers[i].on & format->on)
			table.names[WHO_PEERS + i] = peers[i].name;
}

static void
run_program(const struct document *d, bool one_core, struct outcome *outcome)
{
	static const char script[] = "exec \"$1/sekisho\" sanitize --rules "
	    "\"$2\" --policy \"$3\" --as file -o \"$5\" \"$4\"";
	const char *arguments[] = { options.build, rules,
	    table.format->policy == 1 ? "image" : "rebuild", d->path, NULL,
	    NULL };
	char out[PATH_MAX];

	snprintf(out, sizeof(out), "%s/out", options.work);
	arguments[4] = out;
	run_script(script, arguments, one_core, OURS_LIMIT_S, outcome);
	(void)unlink(out);
}

static void
run_peer(const struct peer *peer, const struct document *d,
    struct outcome *outcome)
{
	static const char before[] = "rm -rf \"$1\" && mkdir -p \"$1/x\"";
	char folder[PATH_MAX], out[PATH_MAX], empty[PATH_MAX];
	const char *first[] = { folder, NULL };
	const char *arguments[] = { d->path, out, empty, options.work, NULL };

	snprintf(folder, sizeof(folder), "%s/peer", options.work);
	snprintf(out, sizeof(out), "%.2000s/%.2000s", folder,
	    strrchr(d->path, '/') + 1);
	snprintf(empty, sizeof(empty), "%.4000s/x", folder);
	run_script(before, first, false, OURS_LIMIT_S, outcome);
	if (outcome->ok)
		run_script(peer->script, arguments, false, options.limit_s,
		    outcome);
}

static void
run_one(enum who who, unsigned document, struct outcome *outcome)
{
	const struct document *d = &table.documents[document];
	struct ours ours = { .format = table.format, .path = d->path,
	    .program = program };

	switch (who) {
	case WHO_CONVERT:
		run_inside(ours_convert, &ours, OURS_LIMIT_S, outcome);
		break;
	case WHO_FLOOR:
		run_inside(floor_run, (void *)(uintptr_t)d->path,
		    OURS_LIMIT_S, outcome);
		break;
	case WHO_RUNNING:
		run_inside(ours_running, &ours, OURS_LIMIT_S, outcome);
		break;
	case WHO_PROGRAM:
	case WHO_ONE_CORE:
		run_program(d, who == WHO_ONE_CORE, outcome);
		break;
	default:
		run_peer(&peers[who - WHO_PEERS], d, outcome);
	}
}

/* Is another round of it worth its time? */
static bool
goes_on(enum who who, const struct sample *sample)
{
	const struct outcome *first = &sample->rounds[0];

	if (sample->rounds_n == 0)
		return true;
	return (first->ok || who < WHO_PEERS) &&
	    first->ms < options.limit_s * 1000 / 4;
}

static void
measure(const struct format *format)
{
	struct sample *sample;

	choose(format);
	if (table.documents_n == 0) {
		fprintf(stderr, "bench_documents: %s: no file that is made "
		    "safe, left out\n", format->name);
		return;
	}
	choose_contenders(format);
	for (unsigned i = 0; i < table.documents_n; i++)
		for (unsigned r = 0; r < options.rounds; r++)
			for (enum who who = 0; who < WHO_N; who++) {
				sample = &table.samples[who][i];
				if (table.names[who] == NULL ||
				    !goes_on(who, sample))
					continue;
				run_one(who, i,
				    &sample->rounds[sample->rounds_n++]);
			}
	table_print(&table, options.form);
	table_goals(&table);
}

/* ---- start ---- */

/* The office program makes its folder at its first start: not measured. */
static void
find_peers(void)
{
	struct document d = { .path = "" };
	struct outcome outcome;

	for (unsigned i = 0; i < COUNT(peers); i++) {
		const char *arguments[] = { peers[i].program, NULL };

		if (peers[i].name == NULL)
			continue;
		run_script("command -v \"$1\"", arguments, false,
		    OURS_LIMIT_S, &outcome);
		have_peer[i] = outcome.ok;
		if (!outcome.ok)
			fprintf(stderr, "bench_documents: %s is not "
			    "installed, left out\n", peers[i].program);
		else if (strcmp(peers[i].program, "soffice") == 0) {
			snprintf(d.path, sizeof(d.path), "%s/small/table.csv",
			    options.made);
			run_peer(&peers[i], &d, &outcome);
		}
	}
}

static void
write_rules(void)
{
	FILE *f;

	snprintf(program, sizeof(program), "%s/sekisho-sanitize",
	    options.build);
	snprintf(rules, sizeof(rules), "%s/bench.rules", options.work);
	f = fopen(rules, "w");
	if (f == NULL || fputs(ours_rules, f) == EOF || fclose(f) == EOF)
		die(4, "%s: %s", rules, strerror(errno));
}

static void *
shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED |
	    MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die(4, "mmap: %s", strerror(errno));
	return p;
}

static void
read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "tb:m:w:c:n:r:l:f:")) != -1) {
		switch (c) {
		case 't': options.form = FORM_TSV; break;
		case 'b': options.build = optarg; break;
		case 'm': options.made = optarg; break;
		case 'w': options.work = optarg; break;
		case 'c': options.corpus = optarg; break;
		case 'n': options.files = (unsigned)atoi(optarg); break;
		case 'r': options.rounds = (unsigned)atoi(optarg); break;
		case 'l': options.limit_s = atof(optarg); break;
		case 'f': options.only = optarg; break;
		default: die(2, "see bench/bench_documents.c");
		}
	}
	if (options.build == NULL || options.made == NULL ||
	    options.work == NULL || options.files < 1 ||
	    options.files > FILES_MAX || options.rounds < 1 ||
	    options.rounds > ROUNDS_MAX || options.limit_s <= 0)
		die(2, "-b, -m, -w; 1 to %d files and 1 to %d rounds",
		    FILES_MAX, ROUNDS_MAX);
}

int
main(int argc, char **argv)
{
	log_init("bench_documents");
	read_options(argc, argv);
	documents = shared(DOCUMENTS_MAX * sizeof(*documents));
	chosen = shared(DOCUMENTS_MAX * sizeof(*chosen));
	write_rules();
	find_peers();
	table_begin(options.form);
	for (size_t i = 0; i < COUNT(formats); i++)
		if (options.only == NULL || strncmp(formats[i].name,
		    options.only, strlen(options.only)) == 0)
			measure(&formats[i]);
	table_end();
	return 0;
}
