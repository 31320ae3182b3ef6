/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For the tests of the verifier: a small writer of safe mails of its own,
 * so that neither the sanitizer's writer nor the verifier's readers judge
 * themselves. Pictures come from libpng and libjpeg. An out is freed by
 * free(out.ptr).
 */
#ifndef SEKISHO_TESTS_SAFE_MAIL_H
#define SEKISHO_TESTS_SAFE_MAIL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <jpeglib.h>
#include <png.h>

#include "../../../gateway/base/receipt.h"
#include "../../../gateway/verify/verify.h"

#define SAFE_ID		((UINT64_C(20779) << 35) | 0x1234567)
#define TEST_TEXT	"お知らせ\r\n\tTAB と ASCII と絵文字 👨‍👩‍👧 です。\r\n"

struct out {
	uint8_t	*ptr;
	size_t	 len, cap;
};

static inline void
put_bytes(struct out *o, const void *p, size_t n)
{
	if (o->len + n > o->cap) {
		o->cap = 2 * (o->len + n) + 256;
		o->ptr = realloc(o->ptr, o->cap);
		if (o->ptr == NULL)
			abort();
	}
	if (n > 0)
		memcpy(o->ptr + o->len, p, n);
	o->len += n;
}

static inline void put(struct out *o, const char *fmt, ...) PRINTF(2, 3);
static inline void
put(struct out *o, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		abort();
	put_bytes(o, text, (size_t)n);
}

/* columns 0: one line without its end */
static inline void
put_base64(struct out *o, const void *bytes, size_t n, size_t columns)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = bytes;
	size_t column = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16;
		char q[4];

		v |= i + 1 < n ? (unsigned)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? p[i + 2] : 0;
		for (unsigned k = 0; k < 4; k++)
			q[k] = digits[v >> (18 - 6 * k) & 63];
		if (i + 1 >= n)
			q[2] = '=';
		if (i + 2 >= n)
			q[3] = '=';
		put_bytes(o, q, 4);
		column += 4;
		if (column == columns) {
			put_bytes(o, "\r\n", 2);
			column = 0;
		}
	}
	if (columns > 0 && column > 0)
		put_bytes(o, "\r\n", 2);
}

/* ---- pictures ---- */

static inline void
png_to_out(png_structp png, png_bytep bytes, png_size_t n)
{
	put_bytes(png_get_io_ptr(png), bytes, n);
}

static inline void
png_no_flush(png_structp png)
{
	(void)png;
}

/* colour: PNG_COLOR_TYPE_*; palette pictures have 16 colours. */
static inline struct out
make_png(unsigned width, unsigned height, int colour, int level)
{
	struct out o = { NULL, 0, 0 };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
	    NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color palette[16] = { { 1, 2, 3 } };
	png_byte alpha[4] = { 0, 50, 100, 255 };
	unsigned samples = colour == PNG_COLOR_TYPE_RGB ? 3 :
	    colour == PNG_COLOR_TYPE_RGB_ALPHA ? 4 :
	    colour == PNG_COLOR_TYPE_GRAY_ALPHA ? 2 : 1;
	png_bytep row = malloc((size_t)width * samples);

	if (row == NULL || setjmp(png_jmpbuf(png)))
		abort();
	png_set_write_fn(png, &o, png_to_out, png_no_flush);
	png_set_IHDR(png, info, width, height, 8, colour, PNG_INTERLACE_NONE,
	    PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (colour == PNG_COLOR_TYPE_PALETTE) {
		png_set_PLTE(png, info, palette, 16);
		png_set_tRNS(png, info, alpha, 4, NULL);
		png_set_filter(png, 0, PNG_ALL_FILTERS);
	}
	png_set_compression_level(png, level);
	png_write_info(png, info);
	for (unsigned y = 0; y < height; y++) {
		for (unsigned x = 0; x < width * samples; x++)
			row[x] = (png_byte)(colour == PNG_COLOR_TYPE_PALETTE ?
			    (x / 3 + y) % 16 : (x * y + x / 5) & 255);
		png_write_row(png, row);
	}
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	free(row);
	return o;
}

/* luma: sampling factors as in SOF0, 0x22 for 4:2:0; 0: grey */
static inline struct out
make_jpeg(unsigned width, unsigned height, unsigned luma, bool optimize)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr error;
	unsigned char *bytes = NULL, *row;
	unsigned long len = 0;
	struct out o = { NULL, 0, 0 };

	jpeg.err = jpeg_std_error(&error);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &bytes, &len);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = luma == 0 ? 1 : 3;
	jpeg.in_color_space = luma == 0 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 85, TRUE);
	jpeg.optimize_coding = optimize;
	if (luma != 0) {
		jpeg.comp_info[0].h_samp_factor = (int)(luma >> 4);
		jpeg.comp_info[0].v_samp_factor = (int)(luma & 15);
	}
	jpeg_start_compress(&jpeg, TRUE);
	row = malloc((size_t)width * 3);
	if (row == NULL)
		abort();
	while (jpeg.next_scanline < height) {
		unsigned y = jpeg.next_scanline;

		for (unsigned x = 0; x < width * 3; x++)
			row[x] = (unsigned char)(x * 3 + y * 5 +
			    (x * 2654435761u >> 28) * (y & 7));
		jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	put_bytes(&o, bytes, len);
	free(bytes);
	free(row);
	return o;
}

/* ---- mails ---- */

/* "Name:" and the value, folded as section 2 has it. */
static inline void
put_field(struct out *o, const char *name, const char *value)
{
	size_t line = strlen(name);

	put(o, "%s", name);
	while (*value != '\0') {
		size_t n = strcspn(value, " ");
		bool fold = line > strlen(name) && line + 1 + n > 76;

		put(o, fold ? "\r\n %.*s" : " %.*s", (int)n, value);
		line = (fold ? 0 : line) + 1 + n;
		value += n + (value[n] == ' ');
	}
	put(o, "\r\n");
}

static inline void
put_top_fields(struct out *o)
{
	char receipt[RECEIPT_TEXT_BYTES], value[512];

	receipt_text(SAFE_ID, receipt);
	snprintf(value, sizeof(value), "from mx.example.jp ([192.0.2.5]) by "
	    "gw1.town.example.lg.jp (Sekisho) with ESMTP id %s; "
	    "Sun, 22 Nov 2026 19:00:00 +0900", receipt);
	put_field(o, "Received:", value);
	put_field(o, "Received:",
	    "by hop.invalid; Sun, 22 Nov 2026 18:59:58 +0900");
	snprintf(value, sizeof(value), "receipt=%s; outcome=safe; kept=1; "
	    "rebuilt=2; rendered=0; extracted=0; removed=0; "
	    "flags=two-boundaries,tnef", receipt);
	put_field(o, "X-Sekisho:", value);
	put_field(o, "MIME-Version:", "1.0");
	put_field(o, "Date:", "Sun, 22 Nov 2026 18:59:58 +0900");
	put_field(o, "From:", "=?UTF-8?B?5bGx55Sw?= <yamada@example.jp>");
	put_field(o, "Reply-To:", "Yamada Taro <\"a..b\"@example.jp>");
	put_field(o, "To:", "<soumu@town.example.lg.jp>, Somu-ka "
	    "<root@[192.0.2.7]>, Kikaku <kikaku@town.example.lg.jp>");
	put_field(o, "Subject:", "plain words and 1 mark!");
	put_field(o, "Message-ID:", "<20261122.1@example.jp>");
	put_field(o, "References:", "<a@b> <c@[d]>");
	put_field(o, "Auto-Submitted:", "no");
	put_field(o, "X-Priority:", "3");
	put_field(o, "List-Id:", "<news.example.jp>");
	put_field(o, "List-Unsubscribe:", "<https://example.jp/u?a=b>, "
	    "<mailto:u@example.jp>");
}

static inline void
put_inner_fields(struct out *o)
{
	static const char first[] = "日本語の長い件名です。二つ";
	static const char second[] = "の語に分かれます";

	put(o, "MIME-Version: 1.0\r\nFrom: <a@example.jp>\r\n"
	    "Subject: =?UTF-8?B?");
	put_base64(o, first, sizeof(first) - 1, 0);
	put(o, "?=\r\n =?UTF-8?B?");
	put_base64(o, second, sizeof(second) - 1, 0);
	put(o, "?=\r\n");
}

static inline void
put_single(struct out *o, const char *text)
{
	put(o, "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n");
	put_base64(o, text, strlen(text), 76);
}

static inline void
put_multipart(struct out *o, unsigned number, const char *text)
{
	put(o, "Content-Type: multipart/mixed; "
	    "boundary=\"=_sekisho_%016llx_%04x\"\r\n"
	    "Content-Transfer-Encoding: 7bit\r\n\r\n"
	    "--=_sekisho_%016llx_%04x\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: inline\r\n\r\n",
	    (unsigned long long)SAFE_ID, number, (unsigned long long)SAFE_ID,
	    number);
	put_base64(o, text, strlen(text), 76);
}

static inline void
put_delimiter(struct out *o, unsigned number, const char *end)
{
	put(o, "--=_sekisho_%016llx_%04x%s\r\n", (unsigned long long)SAFE_ID,
	    number, end);
}

/* type: "image/png", with the charset for texts; name: UTF-8, up to 39 bytes */
static inline void
put_part_header(struct out *o, const char *type, const char *name)
{
	put(o, "Content-Type: %s;\r\n name=\"=?UTF-8?B?", type);
	put_base64(o, name, strlen(name), 0);
	put(o, "?=\"\r\nContent-Transfer-Encoding: %s\r\n"
	    "Content-Disposition: attachment;\r\n filename*=UTF-8''",
	    strcmp(type, "message/rfc822") == 0 ? "7bit" : "base64");
	for (const uint8_t *c = (const uint8_t *)name; *c != '\0'; c++)
		if (ascii_is_alpha(*c) || ascii_is_digit(*c) ||
		    strchr("-._", *c) != NULL)
			put(o, "%c", *c);
		else
			put(o, "%%%02X", *c);
	put(o, "\r\n\r\n");
}

static inline void
put_part(struct out *o, unsigned number, const char *type, const char *name,
    const void *bytes, size_t len)
{
	put_delimiter(o, number, "");
	put_part_header(o, type, name);
	put_base64(o, bytes, len, 76);
}

/* One text and nothing else. */
static inline struct out
make_small_mail(void)
{
	struct out o = { NULL, 0, 0 };

	put_top_fields(&o);
	put_single(&o, TEST_TEXT);
	return o;
}

/* Every kind of attachment, and a mail with one and a mail without. */
static inline struct out
make_large_mail(void)
{
	static const char file[] = "\xef\xbb\xbf" "一行目\r\nbegin 644 x\r\n";
	struct out png = make_png(21, 9, PNG_COLOR_TYPE_RGB_ALPHA, 6);
	struct out map = make_png(19, 9, PNG_COLOR_TYPE_PALETTE, 6);
	struct out jpeg = make_jpeg(37, 21, 0x22, false);
	struct out o = { NULL, 0, 0 };

	put_top_fields(&o);
	put_multipart(&o, 0, TEST_TEXT);
	put_part(&o, 0, "text/plain; charset=utf-8", "説明 1.txt", file,
	    sizeof(file) - 1);
	put_part(&o, 0, "image/png", "図.png", png.ptr, png.len);
	put_part(&o, 0, "image/png", "map.png", map.ptr, map.len);
	put_part(&o, 0, "image/jpeg", "写真.jpg", jpeg.ptr, jpeg.len);
	put_delimiter(&o, 0, "");
	put_part_header(&o, "message/rfc822", "転送.eml");
	put_inner_fields(&o);
	put_multipart(&o, 1, TEST_TEXT);
	put_part(&o, 1, "image/jpeg", "写真.jpg", jpeg.ptr, jpeg.len);
	put_delimiter(&o, 1, "--");
	put(&o, "\r\n");
	put_delimiter(&o, 0, "");
	put_part_header(&o, "message/rfc822", "返信.eml");
	put_inner_fields(&o);
	put_single(&o, "短い\r\n");
	put(&o, "\r\n");
	put_delimiter(&o, 0, "--");
	free(png.ptr);
	free(map.ptr);
	free(jpeg.ptr);
	return o;
}

/* ---- asking ---- */

static inline int
bytes_fd(const void *bytes, size_t len)
{
	int fd = memfd_create("mail", MFD_CLOEXEC);

	if (fd == -1 || write(fd, bytes, len) != (ssize_t)len)
		abort();
	return fd;
}

static inline struct verify_result
judge(const void *bytes, size_t len)
{
	struct verify_result result;
	int fd = bytes_fd(bytes, len);

	verify_mail(fd, len, &result);
	close(fd);
	return result;
}

#endif
