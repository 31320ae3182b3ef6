/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_MIME_WRITE_H
#define SEKISHO_SANITIZER_MIME_WRITE_H

#include "sanitizer.h"

/*
 * SAFE FORM, version 1: the exact grammar of every mail that we write. The
 * independent verifier accepts this and nothing else; a change here is a
 * change of both, on purpose.
 *
 * 1. Bytes. Only 0x20-0x7E and CRLF; no other CR or LF, no TAB. No line is
 *    longer than 998 bytes (CRLF not counted). The last line ends in CRLF.
 *
 *	mail    = fields CRLF body
 *	SP      = 0x20
 *	HEX     = one of 0-9 a-f
 *
 * 2. Folding. A field is "Name: " and tokens with one space between them.
 *    The first token follows the name. A later token goes on the same line,
 *    behind one space, when the line is then at most 76 bytes long; else it
 *    begins a new line behind CRLF and one space. Tokens hold no space. The
 *    Content-* fields are not folded by this rule, they are literal (7.).
 *
 * 3. Fields, spelled so, in this order. 1: exactly one; ?: none or one;
 *    *: up to 100. "top" is the mail itself, "in" a mail inside it.
 *
 *	field			top	in	value
 *	Received		1	-	RECEIVED
 *	Received		*	-	HOP
 *	X-Sekisho		1	-	SUMMARY
 *	MIME-Version		1	1	"1.0"
 *	Date			1	?	DATE
 *	From			1	1	MAILBOXES
 *	Sender			?	?	MAILBOXES (exactly one mailbox)
 *	Reply-To		?	?	MAILBOXES
 *	To			?	?	MAILBOXES
 *	Cc			?	?	MAILBOXES
 *	Subject			?	?	TEXT
 *	Message-ID		1	?	ID
 *	In-Reply-To		?	?	IDS
 *	References		?	?	IDS
 *	Auto-Submitted		?	?	"no" / "auto-generated" /
 *					"auto-replied" / "auto-notified"
 *	Importance		?	?	"high" / "normal" / "low"
 *	X-Priority		?	?	"1" / "2" / "3" / "4" / "5"
 *	List-Id			?	?	"<" DOMAIN ">"
 *	List-Help		?	?	URIS
 *	List-Unsubscribe	?	?	URIS
 *	List-Subscribe		?	?	URIS
 *	List-Post		?	?	URIS
 *	List-Owner		?	?	URIS
 *	List-Archive		?	?	URIS
 *	Resent-Date		?	?	DATE
 *	Resent-From		?	?	MAILBOXES
 *	Resent-Sender		?	?	MAILBOXES (exactly one mailbox)
 *	Resent-To		?	?	MAILBOXES
 *	Resent-Cc		?	?	MAILBOXES
 *	Resent-Message-ID	?	?	ID
 *	Content-Type, Content-Transfer-Encoding	1 each, see 7.
 *
 * 4. Values (a space here is the separator of 2.).
 *
 *	DATE      = DAY "," SP 2DIGIT SP MONTH SP 4DIGIT SP
 *	            2DIGIT ":" 2DIGIT ":" 2DIGIT SP ("+" / "-") 4DIGIT
 *	            DAY and MONTH in English ("Sun", "Nov"), day of the month
 *	            01-31, year 1900-9999, 00-23, 00-59, 00-60, zone hours
 *	            00-23, zone minutes 00-59
 *	RECEIVED  = "from" SP HOST SP "([" HOST "])" SP "by" SP HOST SP
 *	            "(Sekisho)" SP "with" SP PROTOCOL SP "id" SP
 *	            RECEIPT ";" SP DATE
 *	HOP       = "by" SP "hop.invalid;" SP DATE	(an earlier hop: kept
 *	            in number, so that mail loops are still counted)
 *	HOST      = 1*255 of A-Z a-z 0-9 . : _ [ ] -
 *	PROTOCOL  = 1*16 of A-Z 0-9
 *	RECEIPT   = as receipt_text(): "261122-K7M2-9QXC"
 *	SUMMARY   = "receipt=" RECEIPT ";" SP "outcome=" OUTCOME ";" SP
 *	            "kept=" N ";" SP "rebuilt=" N ";" SP "rendered=" N ";" SP
 *	            "extracted=" N ";" SP "removed=" N ";" SP "flags=" FLAGS
 *	OUTCOME   = "safe" / "held" / "released"
 *	N         = decimal, 1-9 digits, no leading 0
 *	FLAGS     = "none" / FLAG *("," FLAG), FLAG = 1*40 of a-z 0-9 -
 *	MAILBOXES = MAILBOX *("," SP MAILBOX), at most 1000 of them
 *	MAILBOX   = [ PHRASE SP ] "<" ADDR ">"
 *	PHRASE    = WORDS / ENCODED
 *	WORDS     = WORD *(SP WORD), WORD = 1*60 of A-Z a-z 0-9 _ -
 *	ADDR      = LOCAL "@" ( DOMAIN / LITERAL )
 *	LOCAL     = DOTATOM / DQUOTE 1*62 QCHAR DQUOTE, at most 64 bytes;
 *	            DOTATOM: atoms with "." between; atom: 1* of A-Z a-z 0-9
 *	            ! # $ % & ' * + - / = ? ^ _ ` { | } ~ ;
 *	            QCHAR: 0x21-0x7E but " and \ ; "=?" is not in a LOCAL
 *	DOMAIN    = labels with "." between, at most 253 bytes; label: 1*63 of
 *	            A-Z a-z 0-9 _ -
 *	LITERAL   = "[" 1*45 of A-F a-f 0-9 . : "]" / "[IPv6:" the same "]"
 *	TEXT      = PLAIN *(SP PLAIN) / ENCODED
 *	PLAIN     = 1*60 of 0x21-0x7E, "=?" is not in it
 *	ENCODED   = EWORD *(SP EWORD)
 *	EWORD     = "=?UTF-8?B?" base64 "?=": 1-39 bytes of UTF-8, whole
 *	            characters of CHAR without TAB CR LF; canonical base64
 *	            (padding where needed, unused bits 0); words are filled:
 *	            the next word's first character did not fit in 39 bytes
 *	ID        = "<" 1*IDCHAR "@" ( 1*IDCHAR / "[" 1*IDCHAR "]" ) ">",
 *	            at most 250 bytes, no "=?" inside
 *	IDCHAR    = 0x21-0x7E but " ( ) , ; < > @ [ \ ]
 *	IDS       = ID *(SP ID), at most 100
 *	URIS      = "<" URI ">" *("," SP "<" URI ">"), at most 10
 *	URI       = "https://" / "http://" / "mailto:" and then 1*900 of
 *	            0x21-0x7E but < > " \ , no "=?" inside
 *
 * 5. CHAR, the characters of texts: every Unicode scalar value but
 *	U+0000-0008 000B 000C 000E-001F 007F-009F 00AD 034F 061C 180E
 *	200B 200C 200E 200F 2028-202E 2060-206F FEFF FFF9-FFFB
 *	1D173-1D17A E0000-E007F, and non-characters (FDD0-FDEF, and xxFFFE
 *	and xxFFFF of each plane).
 *    ZWJ (200D) only between emoji: before it one of 2190-2BFF 1F000-1FAFF
 *    FE0F, behind it one of 2190-2BFF 1F000-1FAFF.
 *    UTF-8 is strict: shortest form, no surrogates, at most U+10FFFF.
 *
 * 6. A text is CHARs in lines, each ending in CRLF, the last one too; CR and
 *    LF stand nowhere else; TAB is allowed. At least one line. In a mail's
 *    text part (not in attached texts) no line begins with "begin " or
 *    "=ybegin " (any case): some readers decode uuencode there.
 *
 * 7. Body without attachments, literally:
 *
 *	Content-Type: text/plain; charset=utf-8
 *	Content-Transfer-Encoding: base64
 *	(empty line)
 *	BASE64 of a text
 *
 *    BASE64: lines of exactly 76 characters, the last 1-76, each with CRLF;
 *    canonical (RFC 4648 section 4, padding, unused bits 0); at least one.
 *
 *    With attachments (1 to 500 in the mail and all mails in it together):
 *
 *	Content-Type: multipart/mixed; boundary="B"
 *	Content-Transfer-Encoding: 7bit
 *	(empty line)
 *	--B
 *	Content-Type: text/plain; charset=utf-8
 *	Content-Transfer-Encoding: base64
 *	Content-Disposition: inline
 *	(empty line)
 *	BASE64 of a text
 *	--B
 *	(attachment) ...
 *	--B--
 *
 *    B = "=_sekisho_" 16HEX "_" 4HEX: the receipt's id in hexadecimal, the
 *    number of the mail: 0000 for the top, then 0001 ... for the mails inside
 *    in the order in which their headers stand (those without attachments
 *    are counted, too). Nothing before the first or behind the last.
 *
 * 8. An attachment, literally; TYPE is one of
 *	text/plain; charset=utf-8	image/jpeg	image/png
 *	text/csv; charset=utf-8		application/zip	application/pdf
 *	OFFICE "wordprocessingml.document"	OFFICE "spreadsheetml.sheet"
 *	OFFICE "presentationml.presentation"
 *    where OFFICE is application/vnd.openxmlformats-officedocument.
 *
 *	Content-Type: TYPE;
 *	 name="EWORD"
 *	Content-Transfer-Encoding: base64
 *	Content-Disposition: attachment;
 *	 filename*=UTF-8''PERCENT
 *	(empty line)
 *	BASE64
 *
 *    More EWORDs of the name are joined by CRLF SP. PERCENT: A-Z a-z 0-9 - .
 *    _ as they are, each other byte as % and two digits 0-9 A-F. Both are
 *    the same NAME: 1-200 bytes of UTF-8; CHARs without TAB CR LF and
 *    without \ / : * ? " < > | ; it neither begins nor ends with a dot or a
 *    space; its extension belongs to TYPE: .txt, .jpg, .png, .csv, .pdf,
 *    .zip, .docx, .xlsx, .pptx (.eml in 9.), in lower case, with at least one
 *    character before it. No two names in a mail are equal when ASCII letters
 *    are folded.
 *    Bytes: text/plain is a BOM (EF BB BF) and a text of 6.; text/csv is
 *    what 10. has, application/zip what 11. has,
 *    application/pdf what 12. has; JPEG and PNG are what
 *    format_jpeg and format_png write; documents are a zip of 11. in the
 *    shape of ooxml.h.
 *
 * 9. A mail inside (at most 8 deep: the top is 0):
 *
 *	Content-Type: message/rfc822;
 *	 name="EWORD"
 *	Content-Transfer-Encoding: 7bit
 *	Content-Disposition: attachment;
 *	 filename*=UTF-8''PERCENT
 *	(empty line)
 *	mail of this grammar ("in" column of 3.), with its last CRLF
 *	(one more CRLF, which belongs to the delimiter behind it)
 *
 * 10. A table (text/csv). It is a text of 6. with a BOM, and more exactly
 *
 *	table   = BOM 1*row
 *	row     = FIELD *("," FIELD) CRLF
 *	FIELD   = DQUOTE *( FCHAR / DQUOTE DQUOTE ) DQUOTE
 *	FCHAR   = CHAR but DQUOTE, TAB, CRLF
 *
 *    No FIELD is taken for a formula. Behind BLANKs at its start (0020 00A0
 *    1680 2000-200A 202F 205F 3000) stands neither = @ TAB CR nor their full
 *    width (FF1D FF20); and + - FF0B FF0D only where all that follows up to
 *    the end of the FIELD is of
 *	0-9 FF10-FF19 . , - ( ) % 0020 3000 FF05 FF0C FF0D FF0E
 *    or, once, an exponent: behind one of 0-9 an "E" or "e", maybe + or -,
 *    and one of 0-9.
 *
 * 11. A ZIP (APPNOTE 6.3.10; numbers are little-endian):
 *
 *	zip       = 1*2000entry 1*2000record end	(as many records)
 *	entry     = "PK" 03 04 FACTS name data
 *	record    = "PK" 01 02 20(2) FACTS 0(2) 0(2) 0(2) 0(4) PLACE(4) name
 *	FACTS     = 20(2) FLAGS(2) METHOD(2) 0(2) 0x21(2) CRC(4) PACKED(4)
 *	            SIZE(4) LENGTH(2) 0(2)
 *	end       = "PK" 05 06 0(2) 0(2) N(2) N(2) RECORDS(4) START(4) 0(2)
 *
 *    Records have the FACTS and the name of their entries, in the same order.
 *    FLAGS: 0x800 for a name with a byte of 0x80 and more, else 0. METHOD: 8,
 *    and PACKED bytes of raw deflate (RFC 1951) that end in the last of them,
 *    unused bits 0, PACKED less than SIZE; else 0, and SIZE bytes as they
 *    are. CRC and SIZE are those of the contents, LENGTH of the name, PLACE
 *    of the entry, N the number of entries, RECORDS the length of all
 *    records, START where they begin. A content has up to 256 MB, all of them
 *    512 MB. No two names are equal when ASCII letters are folded.
 *
 *    In application/zip, each name is a NAME as in 8. whose extension is that
 *    of its content: .txt a BOM and a text of 6., .csv what 10. has, .pdf what
 *    12. has, .jpg and .png as in 8.
 *
 * 12. A PDF (application/pdf) has the shape at the top of pdf_write.h: 1 to
 *    2000 pages, up to 200000 objects, a value of up to 1 MB. Each object is
 *    referred to by one before it, but for the array of a palette, and is of
 *    one class; its keys are those of that class that cairo and pdf_pages.c
 *    write. A stream has up to 256 MB decoded, all of them 4 GB. A picture in
 *    Flate has exactly ((Width * bits * components + 7) / 8) * Height bytes,
 *    one in DCT is a JPEG of its Width, Height and number of components; up
 *    to 30000 on a side and 100 million pixels. Content is
 *
 *	content  = *( *operand operator )	blanks 20 0A between them
 *	operand  = number / name / "(" *printable ")" / "<" *( 2HEX ) ">" /
 *	           "[" *( number / string ) "]"
 *
 *    with operators of PDF 1.5 and the operands that each of them takes; q
 *    and Q, BT and ET in pairs; no marked content (BMC BDC EMC MP DP) but
 *    "/Span << /ActualText <feff", 4HEX for each unit of UTF-16, "> >> BDC\n"
 *    and EMC, within one BT ET and not in each other; no
 *    BX EX, no comments, no dictionaries. BI only in a glyph of a Type 3
 *    font, and there "BI\n/IM true\n/W w\n/H h\n/BPC 1\n/D [1 0]\nID ",
 *    (w + 7) / 8 * h bytes, "\nEI\n". Up to 64 MB (256 MB in all) and
 *    8 million operators. ToUnicode holds the operators of a CMap and no
 *    others, a function of type 4 up to 4 KB of those of PDF 1.5, section
 *    3.9.4.
 */

/* All borrowed; in is the new form's bytes, never a range of the input. */
struct safe_mail;
struct safe_part {
	enum safe_type	 type;
	struct span	 name;		/* by filename_clean() */
	struct input	 in;		/* SAFE_TEXT: with its BOM */
	const struct safe_mail *mail;	/* SAFE_MAIL */
	struct safe_part *next;
};
struct safe_mail {
	struct span	 header;	/* by header_write(): whole fields */
	struct span	 text;		/* a text as in 6. */
	struct safe_part *parts;
};

/*
 * Write a mail in the safe form; boundaries derive from id. Nothing is
 * checked here that the verifier checks, but depth. Does not end() out.
 * ERR_LIMIT: deeper than NESTING_DEPTH_MAX.
 */
enum err mime_write(const struct safe_mail *mail, uint64_t id,
    struct filter *out) MUST_CHECK;

/* "text/plain", "image/jpeg", ...: as in the part's Content-Type. */
const char *safe_type_name(enum safe_type type);
/* "txt", "jpg", "png", "eml" */
const char *safe_type_extension(enum safe_type type);

#endif
