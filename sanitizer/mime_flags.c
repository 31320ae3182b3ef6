/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of the kinds of ambiguity, as they stand in the X-Sekisho field, the
 * report and the audit log. They are stable: others search for them.
 */
#include "mime_parse.h"

const char *
mime_flag_name(enum mime_flag flag)
{
	switch (flag) {
	case MIME_EPILOGUE_CONTENT:
		return "epilogue-content";
	case MIME_TWO_BOUNDARIES:
		return "two-boundaries";
	case MIME_TWO_CONTENT_TYPES:
		return "two-content-types";
	case MIME_TWO_ENCODINGS:
		return "two-encodings";
	case MIME_ENCODED_BOUNDARY:
		return "encoded-boundary";
	case MIME_COMMENT_IN_TYPE:
		return "comment-in-type";
	case MIME_BAD_ENCODING:
		return "bad-encoding";
	case MIME_BASE64_PADDING:
		return "base64-padding";
	case MIME_BASE64_JUNK:
		return "base64-junk";
	case MIME_BARE_CR:
		return "bare-cr";
	case MIME_NUL_IN_HEADER:
		return "nul-in-header";
	case MIME_BAD_CONTENT_TYPE:
		return "bad-content-type";
	case MIME_DELIMITER_JUNK:
		return "delimiter-junk";
	case MIME_ENCODED_MULTIPART:
		return "encoded-multipart";
	case MIME_PARTIAL:
		return "partial";
	case MIME_INLINE_ENCODED:
		return "inline-encoded";
	case MIME_NO_BOUNDARY:
		return "no-boundary";
	case MIME_NO_CLOSE:
		return "no-close";
	case MIME_BAD_HEADER:
		return "bad-header";
	case MIME_FLAG_N:
		break;
	}
	return "?";
}
