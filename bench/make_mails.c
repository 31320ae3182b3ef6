/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Make the mails of the mail bench, the same bytes on each machine (own
 * random numbers from a fixed seed; JPEGs by libjpeg from drawn pixels):
 *
 *	4k-utf8.eml	plain + HTML in UTF-8, base64 and 8bit
 *	4k-jis.eml	plain + HTML in ISO-2022-JP, 7bit
 *	100k.eml	plain text and one photo
 *	5m.eml		plain text, three photos, a CSV and a text file
 *	5m-text.eml	plain text, a CSV and two text files
 *	50m.eml		plain text, photos, a CSV and a text file
 *	photo.jpg	one photo of 5m.eml
 *
 *	make_mails FOLDER
 */
#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../gateway/base/log.h"
#include "photo.h"

#define TEXT_BYTES_MAX	(4 * 1024 * 1024)
#define BOUNDARY	"=_bench_0123456789"

static FILE *
mail_open(const char *folder, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	if (f == NULL)
		die(4, "%s: %s", path, strerror(errno));
	return f;
}

static void
base64(FILE *f, const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t column = 0;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)p[i] << 16;

		if (i + 1 < n)
			v |= (unsigned)p[i + 1] << 8;
		if (i + 2 < n)
			v |= p[i + 2];
		fputc(digits[v >> 18], f);
		fputc(digits[v >> 12 & 63], f);
		fputc(i + 1 < n ? digits[v >> 6 & 63] : '=', f);
		fputc(i + 2 < n ? digits[v & 63] : '=', f);
		column += 4;
		if (column == 76) {
			fputs("\r\n", f);
			column = 0;
		}
	}
	if (column > 0)
		fputs("\r\n", f);
}

/* UTF-8 text of ours in another charset, into a static room. */
static char *
in_charset(const char *charset, const char *text, size_t *len)
{
	static char room[65536];
	char *in = (char *)(uintptr_t)text, *out = room;
	size_t in_left = strlen(text), out_left = sizeof(room);
	iconv_t cd = iconv_open(charset, "UTF-8");

	if (cd == (iconv_t)-1 ||
	    iconv(cd, &in, &in_left, &out, &out_left) == (size_t)-1 ||
	    iconv(cd, NULL, NULL, &out, &out_left) == (size_t)-1)
		die(4, "iconv to %s: %s", charset, strerror(errno));
	iconv_close(cd);
	*len = (size_t)(out - room);
	return room;
}

static const char plain_text[] =
    "総務課 御中\r\n\r\n"
    "いつもお世話になっております。関所町役場の山田です。\r\n"
    "来月の説明会の日程が決まりましたのでお知らせいたします。\r\n\r\n"
    "  日時: 2026年12月10日(木) 14時から16時まで\r\n"
    "  場所: 町民会館 第二会議室\r\n"
    "  内容: 災害時の連絡手順について\r\n\r\n"
    "資料は下記からもご覧いただけます。\r\n"
    "https://www.town.example.lg.jp/soumu/setsumeikai.html\r\n\r\n"
    "ご出席の可否を11月30日までにご返信ください。\r\n"
    "どうぞよろしくお願いいたします。\r\n";

static const char html_head[] =
    "<html><head><meta charset=\"%s\"><style>p{margin:4px}.n{color:#333}"
    "</style></head>\r\n<body bgcolor=\"#ffffff\">\r\n"
    "<p>総務課 御中</p>\r\n<p class=\"n\">いつもお世話になっております。"
    "関所町役場の<b>山田</b>です。<br>\r\n来月の説明会の日程が決まりました"
    "のでお知らせいたします。</p>\r\n<table border=\"1\">\r\n";

static const char html_row[] =
    "<tr><td>%d</td><td>12月%d日</td><td>14時から<br>16時まで</td>"
    "<td align=\"center\">町民会館</td></tr>\r\n";

static const char html_tail[] =
    "</table>\r\n<p>資料は<a href=\"https://www.town.example.lg.jp/soumu/"
    "setsumeikai.html\">こちら</a>からもご覧いただけます。</p>\r\n"
    "<ul><li>ご出席の可否を11月30日までにご返信ください。</li>\r\n"
    "<li>駐車場に限りがあります。</li></ul>\r\n"
    "</body></html>\r\n";

static void
add(char *text, size_t *len, const char *fmt, ...) PRINTF(3, 4);

static void
add(char *text, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text + *len, TEXT_BYTES_MAX - *len, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= TEXT_BYTES_MAX - *len)
		die(4, "text too long");
	*len += (size_t)n;
}

static void
fields(FILE *f, const char *charset, const char *subject)
{
	size_t len;
	const char *text = in_charset(charset, subject, &len);

	fprintf(f, "From: =?UTF-8?B?5bGx55Sw?= <yamada@town.example.lg.jp>\r\n"
	    "To: soumu@bench.example\r\n"
	    "Date: Sun, 22 Nov 2026 10:00:00 +0900\r\n"
	    "MIME-Version: 1.0\r\n"
	    "User-Agent: make_mails\r\n"
	    "Subject: =?%s?B?", charset);
	/* one short word: the line breaks of base64() are not reached */
	for (size_t i = 0; i < len; i += 3) {
		unsigned char quantum[3] = { 0 };
		char line[8] = { 0 };
		FILE *m = fmemopen(line, sizeof(line), "w");
		size_t n = len - i < 3 ? len - i : 3;

		memcpy(quantum, text + i, n);
		if (m == NULL)
			die(4, "fmemopen");
		base64(m, quantum, n);
		fclose(m);
		fprintf(f, "%.4s", line);
	}
	fputs("?=\r\n", f);
}

/* About 4 KB on the wire in all: rows fill up what is missing. */
static void
small(const char *folder, const char *name, const char *charset,
    const char *encoding, int rows)
{
	static char html[TEXT_BYTES_MAX];
	FILE *f = mail_open(folder, name);
	size_t len = 0;
	const char *text;

	fields(f, charset, "説明会の日程について");
	fprintf(f, "Content-Type: multipart/alternative;\r\n"
	    " boundary=\"" BOUNDARY "\"\r\n\r\n"
	    "--" BOUNDARY "\r\nContent-Type: text/plain; charset=%s\r\n"
	    "Content-Transfer-Encoding: %s\r\n\r\n", charset,
	    strcmp(encoding, "7bit") == 0 ? encoding : "base64");
	text = in_charset(charset, plain_text, &len);
	if (strcmp(encoding, "7bit") == 0)
		fwrite(text, 1, len, f);
	else
		base64(f, (const unsigned char *)text, len);
	len = 0;
	add(html, &len, html_head, charset);
	for (int i = 1; i <= rows; i++)
		add(html, &len, html_row, i, i + 9);
	add(html, &len, "%s", html_tail);
	text = in_charset(charset, html, &len);
	fprintf(f, "\r\n--" BOUNDARY "\r\nContent-Type: text/html; charset=%s"
	    "\r\nContent-Transfer-Encoding: %s\r\n\r\n", charset, encoding);
	fwrite(text, 1, len, f);
	fputs("\r\n--" BOUNDARY "--\r\n", f);
	fclose(f);
}

static void
part(FILE *f, const char *type, const char *name, const void *p, size_t n)
{
	fprintf(f, "--" BOUNDARY "\r\nContent-Type: %s; name=\"%s\"\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Disposition: attachment; filename=\"%s\"\r\n\r\n", type,
	    name, name);
	base64(f, p, n);
}

static FILE *
mixed(const char *folder, const char *name, const char *subject)
{
	FILE *f = mail_open(folder, name);

	fields(f, "UTF-8", subject);
	fprintf(f, "Content-Type: multipart/mixed; boundary=\"" BOUNDARY "\""
	    "\r\n\r\n--" BOUNDARY "\r\nContent-Type: text/plain; "
	    "charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
	base64(f, (const unsigned char *)plain_text, sizeof(plain_text) - 1);
	return f;
}

static char lines[TEXT_BYTES_MAX];

static void
csv_part(FILE *f, const char *name, size_t bytes)
{
	size_t len = 0;

	for (int i = 1; len < bytes; i++)
		add(lines, &len,
		    "%d,\"山田 %u\",%u,\"町民会館\",2026-12-%02u\r\n", i,
		    photo_random() % 1000, photo_random() % 100000,
		    1 + photo_random() % 28);
	part(f, "text/csv; charset=UTF-8", name, lines, len);
}

static void
text_part(FILE *f, const char *name, size_t bytes)
{
	size_t len = 0;

	for (int i = 1; len < bytes; i++)
		add(lines, &len, "%06d 点検の結果、異常はありませんでした。"
		    "測定値は%uです。\r\n", i, photo_random() % 10000);
	part(f, "text/plain; charset=UTF-8", name, lines, len);
}

static void
photo_file(const char *folder, const char *name, int width, int height,
    int grain)
{
	size_t len;
	unsigned char *p = photo_jpeg(width, height, 85, grain, &len);
	FILE *f = mail_open(folder, name);

	fwrite(p, 1, len, f);
	fclose(f);
	free(p);
}

static void
photo_part(FILE *f, const char *name, int width, int height, int grain)
{
	size_t len;
	unsigned char *p = photo_jpeg(width, height, 85, grain, &len);

	part(f, "image/jpeg", name, p, len);
	free(p);
}

static void
mixed_end(FILE *f)
{
	fputs("--" BOUNDARY "--\r\n", f);
	fclose(f);
}

int
main(int argc, char **argv)
{
	FILE *f;

	log_init("make_mails");
	if (argc != 2)
		die(2, "usage: make_mails FOLDER");
	small(argv[1], "4k-utf8.eml", "UTF-8", "8bit", 20);
	small(argv[1], "4k-jis.eml", "ISO-2022-JP", "7bit", 18);

	f = mixed(argv[1], "100k.eml", "現場写真");
	photo_part(f, "photo.jpg", 640, 480, 32);
	mixed_end(f);

	f = mixed(argv[1], "5m.eml", "現場写真と一覧");
	photo_part(f, "photo1.jpg", 1600, 1200, 56);
	photo_part(f, "photo2.jpg", 1600, 1200, 56);
	photo_part(f, "photo3.jpg", 1600, 1200, 56);
	csv_part(f, "ichiran.csv", 1200 * 1000);
	text_part(f, "tenken.txt", 700 * 1000);
	mixed_end(f);

	f = mixed(argv[1], "5m-text.eml", "一覧と点検記録");
	csv_part(f, "ichiran.csv", 1200 * 1000);
	text_part(f, "tenken1.txt", 1300 * 1000);
	text_part(f, "tenken2.txt", 1300 * 1000);
	mixed_end(f);

	f = mixed(argv[1], "50m.eml", "現場写真の一式");
	photo_part(f, "big.jpg", 6000, 4000, 56);
	for (int i = 0; i < 11; i++)
		photo_part(f, "photo.jpg", 3000, 2000, 56);
	csv_part(f, "ichiran.csv", 3000 * 1000);
	text_part(f, "tenken.txt", 3000 * 1000);
	mixed_end(f);
	photo_file(argv[1], "photo.jpg", 1600, 1200, 56);
	return 0;
}
