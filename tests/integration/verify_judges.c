/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is a mail safe? The answer of others than the verifier: GMime for structure
 * and headers, GLib for characters, libpng and libjpeg for pictures. Every
 * function says what is wrong, or NULL.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <gmime/gmime.h>
#include <jpeglib.h>
#include <png.h>

#include "verify_judges.h"

static const char *
judge_characters(const char *text, size_t len, bool lines)
{
	const char *end = text + len;

	if (!g_utf8_validate(text, (gssize)len, NULL))
		return "not UTF-8";
	for (const char *p = text; p < end; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (lines && (c == '\t' || c == '\r' || c == '\n'))
			continue;
		switch (g_unichar_type(c)) {
		case G_UNICODE_CONTROL:
		case G_UNICODE_SURROGATE:
		case G_UNICODE_LINE_SEPARATOR:
		case G_UNICODE_PARAGRAPH_SEPARATOR:
			return "a control character";
		case G_UNICODE_FORMAT:
			/* seen ones: Arabic, Syriac, Kaithi, shorthand */
			if (c != 0x200d && !(c >= 0x600 && c <= 0x8e2 &&
			    c != 0x61c) && !(c >= 0x110bd && c <= 0x1bcaf))
				return "an invisible character";
			break;
		default:
			break;
		}
	}
	return NULL;
}

static void
png_trouble(png_structp png, png_const_charp text)
{
	(void)text;
	png_longjmp(png, 1);
}

struct reading {
	const uint8_t *ptr;
	size_t len;
};

static void
png_from_memory(png_structp png, png_bytep to, png_size_t n)
{
	struct reading *r = png_get_io_ptr(png);

	if (n > r->len)
		png_error(png, "short");
	memcpy(to, r->ptr, n);
	r->ptr += n;
	r->len -= n;
}

/* libpng itself looks at them only when it changes the rows. */
static void
judge_indices(png_structp png, png_infop info, int colours)
{
	png_bytepp rows = png_get_rows(png, info);

	for (png_uint_32 y = 0; y < png_get_image_height(png, info); y++)
		for (png_uint_32 x = 0; x < png_get_image_width(png, info);
		    x++)
			if (rows[y][x] >= colours)
				png_error(png, "index without a colour");
}

static const char *
judge_png(const uint8_t *bytes, size_t len)
{
	struct reading reading = { bytes, len };
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL,
	    png_trouble, png_trouble);
	png_infop info = png_create_info_struct(png);
	png_textp text;
	const char *volatile wrong = "libpng complains";
	png_colorp palette;
	int texts = 0, colours;

	/* no other chunk: names are seen by walking over them */
	for (size_t at = 8; at + 12 <= len; ) {
		static const char known[] = "IHDRPLTEtRNSIDATIEND";
		size_t n = (size_t)bytes[at] << 24 | (size_t)bytes[at + 1] <<
		    16 | (size_t)bytes[at + 2] << 8 | bytes[at + 3];
		bool found = false;

		for (size_t i = 0; i < 20; i += 4)
			found |= memcmp(known + i, bytes + at + 4, 4) == 0;
		if (!found) {
			png_destroy_read_struct(&png, &info, NULL);
			return "a foreign chunk";
		}
		at += n + 12;
	}
	if (setjmp(png_jmpbuf(png)) == 0) {
		png_set_read_fn(png, &reading, png_from_memory);
		png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS,
		    NULL, 0);
		png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
		if (png_get_PLTE(png, info, &palette, &colours) != 0)
			judge_indices(png, info, colours);
		if (reading.len > 0)
			wrong = "bytes behind IEND";
		else if (png_get_unknown_chunks(png, info, NULL) > 0 ||
		    png_get_text(png, info, &text, &texts) > 0)
			wrong = "other chunks";
		else
			wrong = NULL;
	}
	png_destroy_read_struct(&png, &info, NULL);
	return wrong;
}

struct jpeg_trouble {
	struct jpeg_error_mgr manager;
	jmp_buf jump;
};

static void
jpeg_exit(j_common_ptr jpeg)
{
	longjmp(((struct jpeg_trouble *)(void *)jpeg->err)->jump, 1);
}

static void
jpeg_silence(j_common_ptr jpeg, int level)
{
	if (level < 0)
		jpeg->err->num_warnings++;
}

static const char *
judge_jpeg(const uint8_t *bytes, size_t len)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_trouble trouble;
	static uint8_t row[8 * 1024 * 3];
	const char *volatile wrong = "libjpeg gives up";

	jpeg.err = jpeg_std_error(&trouble.manager);
	trouble.manager.error_exit = jpeg_exit;
	trouble.manager.emit_message = jpeg_silence;
	jpeg_create_decompress(&jpeg);
	if (setjmp(trouble.jump) == 0) {
		JSAMPROW rows = row;

		jpeg_mem_src(&jpeg, bytes, len);
		for (int m = 0; m < 16; m++)
			jpeg_save_markers(&jpeg, JPEG_APP0 + m, 0xffff);
		jpeg_save_markers(&jpeg, JPEG_COM, 0xffff);
		jpeg_read_header(&jpeg, TRUE);
		if (jpeg.image_width > 8 * 1024)
			longjmp(trouble.jump, 1);	/* no seed has that */
		jpeg_start_decompress(&jpeg);
		while (jpeg.output_scanline < jpeg.output_height)
			jpeg_read_scanlines(&jpeg, &rows, 1);
		if (jpeg.marker_list == NULL || jpeg.marker_list->next != NULL)
			wrong = "other segments";
		else
			wrong = NULL;
		jpeg_finish_decompress(&jpeg);
		if (trouble.manager.num_warnings > 0)
			wrong = "libjpeg warns";
		else if (jpeg.src->bytes_in_buffer > 0)
			wrong = "bytes behind EOI";
	}
	jpeg_destroy_decompress(&jpeg);
	return wrong;
}

static const char *const fields_allowed[] = {
	"Received", "X-Sekisho", "MIME-Version", "Date", "From", "Sender",
	"Reply-To", "To", "Cc", "Subject", "Message-ID", "In-Reply-To",
	"References", "Auto-Submitted", "Importance", "X-Priority", "List-Id",
	"List-Help", "List-Unsubscribe", "List-Subscribe", "List-Post",
	"List-Owner", "List-Archive", "Resent-Date", "Resent-From",
	"Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID",
	"Content-Type", "Content-Transfer-Encoding", "Content-Disposition"
};

static const char *
judge_headers(GMimeObject *object)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(object);

	for (int i = 0; i < g_mime_header_list_get_count(list); i++) {
		GMimeHeader *header = g_mime_header_list_get_header_at(list,
		    i);
		const char *name = g_mime_header_get_name(header);
		const char *raw = g_mime_header_get_raw_value(header);
		bool found = false;
		const char *wrong;
		char *decoded;

		for (size_t f = 0; f < G_N_ELEMENTS(fields_allowed); f++)
			found |= strcmp(name, fields_allowed[f]) == 0;
		if (!found)
			return "a field that is not on the list";
		for (const char *p = raw; *p != '\0'; p++)
			if (*p == '\n' && p[1] != ' ' && p[1] != '\0')
				return "a field goes on in the next line";
		decoded = g_mime_utils_header_decode_text(NULL, raw);
		g_strdelimit(decoded, "\r\n", ' ');
		wrong = judge_characters(decoded, strlen(decoded), false);
		g_free(decoded);
		if (wrong != NULL)
			return wrong;
	}
	return NULL;
}

static const char *
judge_name(GMimePart *part, const char *extension)
{
	const char *name = g_mime_part_get_filename(part);

	if (name == NULL)
		return "a part without a name";
	if (!g_str_has_suffix(name, extension))
		return "a name that does not fit its type";
	if (strpbrk(name, "/\\:*?\"<>|") != NULL || name[0] == '.' ||
	    name[0] == ' ')
		return "a name that is not clean";
	return judge_characters(name, strlen(name), false);
}

static const char *
judge_text(const char *text, size_t len, bool body)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
			return "LF alone";
		if (text[i] == '\r' && (i + 1 == len || text[i + 1] != '\n'))
			return "CR alone";
		if (body && (i == 0 || text[i - 1] == '\n') &&
		    g_ascii_strncasecmp(text + i, "begin ", 6) == 0)
			return "uuencode";
	}
	return judge_characters(text, len, true);
}

/* Fields in quotes, with a comma or a line end between, none a formula. */
static const char *
judge_table(const char *text, size_t len)
{
	size_t i = 0, end;

	while (i < len) {
		if (text[i] != '"' || i + 1 == len)
			return "a field without quotes";
		if (strchr("=@\t\r", text[i + 1]) != NULL)
			return "a formula";
		if (strchr("+-", text[i + 1]) != NULL && i + 2 < len &&
		    g_ascii_isalpha(text[i + 2]))
			return "a formula behind a sign";
		for (end = i + 1; end < len && (text[end] != '"' ||
		    (end + 1 < len && text[end + 1] == '"')); end++)
			end += text[end] == '"';
		if (end + 1 >= len)
			return "a field that does not end";
		if (text[end + 1] != ',' && text[end + 1] != '\r')
			return "neither comma nor line end";
		i = end + (text[end + 1] == ',' ? 2 : 3);
	}
	return NULL;
}

/* body: the text of a mail, which has no name. */
static const char *
judge_leaf(GMimePart *part, bool body)
{
	GMimeContentType *type = g_mime_object_get_content_type(
	    GMIME_OBJECT(part));
	GMimeStream *stream = g_mime_stream_mem_new();
	bool table = g_mime_content_type_is_type(type, "text", "csv");
	GByteArray *bytes;
	const char *wrong = "a type that is not on the list";

	g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(part),
	    stream);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	if (table || g_mime_content_type_is_type(type, "text", "plain")) {
		const char *charset = g_mime_content_type_get_parameter(type,
		    "charset");
		size_t bom = body ? 0 : 3;

		if (charset == NULL || strcmp(charset, "utf-8") != 0)
			wrong = "a charset that is not utf-8";
		else if (bytes->len < bom ||
		    memcmp(bytes->data, "\xef\xbb\xbf", bom) != 0)
			wrong = "no BOM";
		else
			wrong = judge_text((char *)bytes->data + bom,
			    bytes->len - bom, body);
		if (wrong == NULL && table)
			wrong = body ? "a body that is a table" :
			    judge_table((char *)bytes->data + bom,
			    bytes->len - bom);
		if (wrong == NULL && !body)
			wrong = judge_name(part, table ? ".csv" : ".txt");
	} else if (g_mime_content_type_is_type(type, "image", "png")) {
		wrong = judge_png(bytes->data, bytes->len);
		if (wrong == NULL)
			wrong = judge_name(part, ".png");
	} else if (g_mime_content_type_is_type(type, "image", "jpeg")) {
		wrong = judge_jpeg(bytes->data, bytes->len);
		if (wrong == NULL)
			wrong = judge_name(part, ".jpg");
	}
	g_object_unref(stream);
	return wrong;
}

static const char *judge_message(GMimeMessage *message, int depth);

static const char *
judge_multipart(GMimeMultipart *multipart, int depth)
{
	const char *prologue = g_mime_multipart_get_prologue(multipart);
	const char *epilogue = g_mime_multipart_get_epilogue(multipart);
	const char *wrong = NULL;

	if ((prologue != NULL && *prologue != '\0') ||
	    (epilogue != NULL && strcmp(epilogue, "") != 0))
		return "text outside of the parts";
	for (int i = 0; i < g_mime_multipart_get_count(multipart) &&
	    wrong == NULL; i++) {
		GMimeObject *object = g_mime_multipart_get_part(multipart, i);

		wrong = judge_headers(object);
		if (wrong != NULL)
			break;
		if (GMIME_IS_MESSAGE_PART(object))
			wrong = judge_message(g_mime_message_part_get_message(
			    GMIME_MESSAGE_PART(object)), depth + 1);
		else if (GMIME_IS_PART(object))
			wrong = judge_leaf(GMIME_PART(object), i == 0);
		else
			wrong = "a part of another kind";
	}
	return wrong;
}

static const char *
judge_message(GMimeMessage *message, int depth)
{
	GMimeObject *root;
	const char *wrong;

	if (message == NULL || depth > 8)
		return "no mail, or too deep";
	if ((wrong = judge_headers(GMIME_OBJECT(message))) != NULL)
		return wrong;
	root = g_mime_message_get_mime_part(message);
	if (GMIME_IS_MULTIPART(root))
		return g_mime_content_type_is_type(
		    g_mime_object_get_content_type(root), "multipart",
		    "mixed") ? judge_multipart(GMIME_MULTIPART(root), depth) :
		    "another multipart";
	if (root == NULL || !GMIME_IS_PART(root))
		return "no body";
	return judge_leaf(GMIME_PART(root), true);
}

const char *
judge_mail(const void *bytes, size_t len)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	const char *wrong = judge_message(message, 0);

	if (message != NULL)
		g_object_unref(message);
	g_object_unref(parser);
	g_object_unref(stream);
	return wrong;
}
