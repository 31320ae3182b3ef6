/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SEKISHO_SANITIZER_HTML_DOMAIN_H
#define SEKISHO_SANITIZER_HTML_DOMAIN_H

#include <stdbool.h>

#include "../gateway/base/buf.h"
#include "../gateway/base/span.h"

#define DOMAIN_BYTES_MAX	253
#define LABEL_BYTES_MAX		63

/*
 * The domain that somebody registered: city.example.lg.jp of
 * www.city.example.lg.jp. host is lower-case ASCII without a final dot. By
 * a compact form of the public suffix list: the structure of .jp, the second
 * levels that country domains use (co.uk), some hosters under whose names
 * anybody gets one (github.io), otherwise the last two labels. Where the
 * compact form cannot know (cities under a prefecture's domain) it takes one
 * label more: two names look different rather than equal.
 */
struct span domain_registrable(struct span host);

/*
 * Is this a host name as people write it in a text: letters, digits, dots, a
 * top level that exists, and no file name ("readme.md")? Lower-case ASCII.
 */
bool domain_is_host(struct span word);

/*
 * Is the last label made of digits or 0x..: then a browser takes the host for
 * an IPv4 address in one of its spellings (WHATWG URL 3.5). Also [IPv6].
 */
bool domain_is_address(struct span host);

/*
 * Between the forms of an internationalised host (RFC 3492): labels with
 * characters beyond ASCII get "xn--", and back. Appended to out. False when a
 * label cannot be converted, or would show invisible characters; then out is
 * as before.
 */
bool domain_to_ascii(struct span host, struct buf *out);
bool domain_to_unicode(struct span host, struct buf *out);

#endif
