/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A reader of mails that is not ours looks at a safe mail: check_gmime FILE
 * lists the types that GMime finds and fails when one is not of the safe form
 * or when GMime has to guess. Only in tests: GMime is no part of the product.
 */
#include <gmime/gmime.h>
#include <stdio.h>
#include <string.h>

#define OFFICE	"application/vnd.openxmlformats-officedocument."

static int bad;

static void
complain(const char *what, const char *why)
{
	printf("%s: %s\n", what, why);
	bad = 1;
}

static void
see_warning(gint64 offset, GMimeParserWarning code, const gchar *item,
    gpointer data)
{
	(void)data;
	printf("%lld: GMime warns: %d %s\n", (long long)offset, (int)code,
	    item != NULL ? item : "");
	bad = 1;
}

static void see_object(GMimeObject *object, int depth);

static void
see_multipart(GMimeMultipart *multipart, int depth)
{
	int n = g_mime_multipart_get_count(multipart);
	const char *outside;

	outside = g_mime_multipart_get_prologue(multipart);
	if (outside != NULL && outside[0] != '\0')
		complain("multipart", "text before the first part");
	outside = g_mime_multipart_get_epilogue(multipart);
	if (outside != NULL && outside[0] != '\0')
		complain("multipart", "text behind the last part");
	if (n < 2)
		complain("multipart", "fewer than two parts");
	for (int i = 0; i < n; i++)
		see_object(g_mime_multipart_get_part(multipart, i), depth + 1);
}

static void
see_leaf(GMimePart *part, const char *type, int depth)
{
	static const char *const types[] = { "text/plain", "image/jpeg",
	    "image/png", "text/csv", "application/zip",
	    "application/pdf", OFFICE "wordprocessingml.document",
	    OFFICE "spreadsheetml.sheet",
	    OFFICE "presentationml.presentation" };
	const char *name = g_mime_part_get_filename(part);
	GMimeStream *stream = g_mime_stream_mem_new();
	GMimeDataWrapper *content = g_mime_part_get_content(part);

	for (size_t i = 0; i <= sizeof(types) / sizeof(types[0]); i++) {
		if (i == sizeof(types) / sizeof(types[0]))
			complain(type, "not a type of the safe form");
		else if (strcmp(type, types[i]) == 0)
			break;
	}
	if (g_mime_part_get_content_encoding(part) !=
	    GMIME_CONTENT_ENCODING_BASE64)
		complain(type, "not base64");
	if (content == NULL ||
	    g_mime_data_wrapper_write_to_stream(content, stream) <= 0)
		complain(type, "no content");
	printf("%*s%s %s %lld\n", depth * 2, "", type,
	    name != NULL ? name : "-",
	    (long long)g_mime_stream_length(stream));
	g_object_unref(stream);
}

static void
see_object(GMimeObject *object, int depth)
{
	GMimeContentType *ct = g_mime_object_get_content_type(object);
	char *type = g_mime_content_type_get_mime_type(ct);

	if (GMIME_IS_MULTIPART(object)) {
		if (strcmp(type, "multipart/mixed") != 0)
			complain(type, "not a type of the safe form");
		see_multipart(GMIME_MULTIPART(object), depth);
	} else if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(
		    GMIME_MESSAGE_PART(object));

		printf("%*s%s\n", depth * 2, "", type);
		if (inner == NULL)
			complain(type, "no mail in it");
		else
			see_object(g_mime_message_get_mime_part(inner),
			    depth + 1);
	} else if (GMIME_IS_PART(object)) {
		see_leaf(GMIME_PART(object), type, depth);
	} else {
		complain(type, "not a type of the safe form");
	}
	g_free(type);
}

int
main(int argc, char **argv)
{
	GMimeParserOptions *options;
	GMimeParser *parser;
	GMimeMessage *message;
	GMimeStream *stream;

	g_mime_init();
	if (argc != 2 || (stream = g_mime_stream_file_open(argv[1], "r",
	    NULL)) == NULL) {
		fprintf(stderr, "usage: check_gmime FILE\n");
		return 2;
	}
	options = g_mime_parser_options_new();
	g_mime_parser_options_set_warning_callback(options, see_warning, NULL);
	parser = g_mime_parser_new_with_stream(stream);
	message = g_mime_parser_construct_message(parser, options);
	if (message == NULL || g_mime_message_get_mime_part(message) == NULL)
		complain(argv[1], "no mail");
	else
		see_object(g_mime_message_get_mime_part(message), 0);
	return bad;
}
