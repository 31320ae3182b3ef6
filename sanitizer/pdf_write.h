/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_PDF_WRITE_H
#define SEKISHO_SANITIZER_PDF_WRITE_H

#include "pixels.h"
#include "sanitizer.h"

/*
 * The only shape of PDF that leaves here. Everything in it is written in one
 * way, so that a reader can follow it byte by byte from the front.
 *
 *	file    = header 1*object xref trailer
 *	header  = "%PDF-1.5\n%" E2 E3 CF D3 "\n"
 *	object  = number " 0 obj\n" value [stream] "\nendobj\n"
 *	stream  = "\nstream\n" <Length bytes> "\nendstream"
 *	xref    = "xref\n0 " n+1 "\n0000000000 65535 f \n"
 *	          n * ( 10DIGIT " 00000 n \n" )	offsets of the objects
 *	trailer = "trailer\n<</Root 1 0 R/Size " n+1 ">>\nstartxref\n" offset
 *	          of "xref" "\n%%EOF\n", then nothing
 *
 * Objects are numbered 1, 2, 3, ... as they stand in the file.
 *
 *	value   = dict / array / reference / integer / real / name / string /
 *	          "true" / "false" / "null"
 *	dict    = "<<" *( name value ) ">>"	keys ascending by bytes, none
 *	          twice. Before a value that begins with a digit, "-", "t",
 *	          "f" or "n" stands one blank; before no other.
 *	array   = "[" [ value *( " " value ) ] "]"
 *	reference = number " 0 R"		1 <= number <= n
 *	integer = ["-"] 1*10DIGIT		no "+", no leading zero
 *	real    = integer "." 1*6DIGIT		last digit not 0; "-0.5" is one
 *	name    = "/" *( A-Z a-z 0-9 "-" "_" "+" "." "," "*" / "#" 2HEX )
 *	          HEX in capitals, for all other bytes but 0; at most 127 bytes
 *	string  = "<" *( 2HEX ) ">"		HEX in small letters
 *
 * A stream's dict has /Length, an integer, and one of
 *	/Filter/FlateDecode	one zlib stream, complete, nothing behind it
 *	/Filter/DCTDecode	one JPEG (JFIF) in the form of SAFE_JPEG
 * and no DecodeParms. There are no object streams, no encryption, no Info, no
 * ID, no comments, no second xref.
 *
 * Object 1 is <</Pages 2 0 R/Type/Catalog>>, or with bookmarks
 * <</Outlines c+3 0 R/Pages 2 0 R/Type/Catalog>>, object 2 is
 * <</Count c/Kids[3 0 R 4 0 R ...]/Type/Pages>>, and 3 to c+2 are the pages.
 * All others are reached from the pages. A dict has a class by its place and
 * no other keys than pdf_rows.c lists for that class; there is no OC, no
 * Properties, no JBIG2Globals, no filter but those two. A page may have
 * /Annots[a 0 R b 0 R ...], references to links and nothing else:
 *	link	"<<" ( uri / place ) "/Rect[" l " " b " " r " " t "]"
 *		"/Subtype/Link/Type/Annot>>", four numbers, 0 <= l < r and
 *		0 <= b < t, up to 14400
 *	uri	"/A<</S/URI/Type/Action/URI" string ">>/Border[0 0 0]", the
 *		string http://, https:// or mailto: (no matter which case) and
 *		more, bytes 21 to 7E but not "'<>\^`{|}
 *	place	"/Border[0 0 0]/Dest[" p " 0 R " ( "/Fit" / "/XYZ " x " " y
 *		" 0" ) "]", p a page, x and y numbers from 0 up to 14400
 *
 * The k bookmarks are objects c+3 to c+3+k, behind their root, each before
 * what is below it:
 *	root	"<</Count " n "/First " a " 0 R/Last " z " 0 R/Type/Outlines>>"
 *	mark	"<<" [ "/Count -" n ] [ "/Dest[" as above "]" ] [ "/First " a
 *		" 0 R/Last " z " 0 R" ] [ "/Next " b " 0 R" ] "/Parent " p
 *		" 0 R" [ "/Prev " o " 0 R" ] "/Title" string ">>", with First
 *		the object behind it, Next and Last behind it, Parent and
 *		Prev before it; Count and First together or not at all; the
 *		string feff and UTF-16BE of characters as in CHAR, one line
 *
 * Words that a drawing lost stand behind its content as behind a picture
 * below; content is then "q\n" drawing "\nQ\n" and what follows "if there are
 * words".
 *
 * "pdf-image" (CONVERT_PDF_PIXELS, and a TIFF of several pages) is a part of
 * this shape, c pages:
 *	page	<</Contents a 0 R/MediaBox[0 0 x y]/Parent 2 0 R/Resources
 *		<</Font<</F0 f 0 R>>/XObject<</I0 b 0 R>>>>/Type/Page>>
 *		with x and y numbers above 0 and up to 14400
 *	c+3 to c+7 are fixed: f = c+3 <</BaseFont/Sekisho/DescendantFonts
 *		[f+1 0 R]/Encoding/Identity-H/Subtype/Type0/ToUnicode f+3 0 R
 *		/Type/Font>>, f+1 its CIDFontType2 without a font program, f+2
 *		its descriptor, f+3 a constant CMap, f+4 the array of an
 *		/Indexed colour space, all as pdf_pages.c has them
 *	then for each page its image b = f+5, f+7, ... and its content a = b+1
 *	image	<</BitsPerComponent b/ColorSpace s/Filter../Height h/Length l
 *		/Subtype/Image/Type/XObject/Width w>>: Flate with b 1 or 4 and
 *		s /DeviceGray, or b 8 and s f+4 0 R or [/Indexed /DeviceRGB
 *		255 <colours>]; DCT with b 8, /DeviceRGB
 *	content	"q X 0 0 Y 0 0 cm /I0 Do Q\n", X Y the numbers of MediaBox;
 *		if there are words: "q S 0 0 S 0 0 cm BT 3 Tr\n", S a number
 *		(points a pixel), then for each word
 *		"/F0 " size " Tf " scale " Tz 1 0 0 1 " x " " y " Tm <"
 *		hex of UTF-16BE "> Tj\n"  (upright words: "0 -1 1 0"), all
 *		integers, and last "ET Q\n"
 */
struct pdf_writer {
	struct filter	*out;
	uint64_t	 bytes;		/* written so far */
	uint32_t	 objects;	/* begun so far */
	struct buf	 offsets;	/* u64 each */
};
enum err pdf_write_begin(struct pdf_writer *w, struct filter *out) MUST_CHECK;
void pdf_write_fini(struct pdf_writer *w);
/* The next object, whole: its value as text. */
enum err pdf_write_value(struct pdf_writer *w, struct span value) MUST_CHECK;
/*
 * The next object, a stream. The caller gives the entries of its dict but
 * /Filter and /Length, cut where these two belong in the order of keys.
 */
struct pdf_stream {
	struct span	before;		/* keys below /Filter */
	bool		dct;		/* DCTDecode; else FlateDecode */
	struct span	middle;		/* between /Filter and /Length */
	struct span	behind;
	struct span	data;		/* encoded */
};
enum err pdf_write_stream(struct pdf_writer *w,
    const struct pdf_stream *stream) MUST_CHECK;
enum err pdf_write_end(struct pdf_writer *w) MUST_CHECK;

/* data as one zlib stream, appended to out. */
enum err pdf_deflate(struct span data, struct buf *out) MUST_CHECK;
/*
 * The same for rows of pixels, quicker. flat: a byte has eight of them, or is
 * of a table; else what is alike is short, and single bytes pay (Z_FILTERED):
 * a page of grey characters comes out in two thirds of what its runs take.
 */
enum err pdf_deflate_pixels(struct span data, bool flat,
    struct buf *out) MUST_CHECK;
/* A number in the form above, from one of millionths. */
enum err pdf_put_number(struct buf *out, int64_t millionths) MUST_CHECK;

#endif
