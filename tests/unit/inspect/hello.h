/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A ClientHello made to order, in TLS records or a DTLS datagram. */
#ifndef SEKISHO_TEST_INSPECT_HELLO_H
#define SEKISHO_TEST_INSPECT_HELLO_H

struct bytes {
	uint8_t	ptr[40000];
	size_t	len;
};

struct order {
	const char	*name;		/* server_name; NULL: none */
	struct span	 extensions;	/* raw, behind it */
	bool		 no_extensions;
	unsigned	 version;	/* 0: 0x0303 */
	unsigned	 session;	/* length */
	struct span	 ciphers;	/* NULL: two of TLS 1.3 */
	struct span	 compressions;	/* NULL: none but null */
	struct span	 tail;		/* behind the end */
	bool		 dtls;
};

static void
put(struct bytes *b, size_t n, uint32_t value)
{
	for (size_t i = n; i-- > 0;)
		b->ptr[b->len++] = (uint8_t)(value >> (8 * i));
}

static void
put_span(struct bytes *b, struct span s)
{
	assert_true(b->len + s.len < sizeof(b->ptr));
	if (s.len > 0)
		memcpy(b->ptr + b->len, s.ptr, s.len);
	b->len += s.len;
}

static void
put_vector(struct bytes *b, size_t n, struct span s)
{
	put(b, n, (uint32_t)s.len);
	put_span(b, s);
}

static struct span
span_of(const struct bytes *b)
{
	return (struct span){ b->ptr, b->len };
}

static void
hello_body(struct bytes *b, const struct order *o)
{
	static const struct span two = S("\x13\x01\x13\x02");
	static const struct span null = S("\0");
	static struct bytes extensions;
	uint8_t zero[255] = { 0 };

	b->len = extensions.len = 0;
	put(b, 2, o->version != 0 ? o->version : o->dtls ? 0xfefd : 0x0303);
	put_span(b, (struct span){ zero, 32 });
	put_vector(b, 1, (struct span){ zero, o->session });
	if (o->dtls)
		put_vector(b, 1, SPAN(""));
	put_vector(b, 2, o->ciphers.ptr == NULL ? two : o->ciphers);
	put_vector(b, 1, o->compressions.ptr == NULL ? null :
	    o->compressions);
	if (o->no_extensions)
		return;
	if (o->name != NULL) {
		struct span name = span_str(o->name);

		put(&extensions, 2, 0);
		put(&extensions, 2, (uint32_t)name.len + 5);
		put(&extensions, 2, (uint32_t)name.len + 3);
		put(&extensions, 1, 0);
		put_vector(&extensions, 2, name);
	}
	put_span(&extensions, o->extensions);
	put_vector(b, 2, span_of(&extensions));
	put_span(b, o->tail);
}

/* In records of at most record bytes. */
static void __attribute__((unused))
hello_records(struct bytes *out, const struct order *o, size_t record)
{
	static struct bytes body, message;

	hello_body(&body, o);
	message.len = out->len = 0;
	put(&message, 1, 1);
	put_vector(&message, 3, span_of(&body));
	for (size_t at = 0; at < message.len; at += record) {
		put(out, 3, 0x160301);
		put_vector(out, 2, span_sub(span_of(&message), at, record));
	}
}

#endif
