/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields of forms: what is drawn of them, what is said of the rest, and whose
 * name stands on a signature.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "../../../sanitizer/pdf_clean.h"
#include "pdf_helper.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define WIDGET	"<</Type/Annot/Subtype/Widget/Rect[10 10 90 30]"

struct cleaned {
	struct buf		out;
	struct convert_result	result;
};

/* A page with these annotations, and this as object 4. */
static void
clean(struct cleaned *c, const char *annotations, struct span object)
{
	static char page[8000];
	struct span objects[] = { SPAN("<</Type/Catalog/Pages 2 0 R>>"),
		SPAN("<</Type/Pages/Count 1/Kids[3 0 R]>>"), { NULL, 0 },
		object };
	struct buf in;

	snprintf(page, sizeof(page), "<</Type/Page/Parent 2 0 R/MediaBox"
	    "[0 0 99 99]/Annots[%s]>>", annotations);
	objects[2] = span_str(page);
	pdf_build_spans(&in, "", objects, N(objects));
	assert_int_equal(pdf_run(pdf_clean, buf_span(&in), &c->out,
	    &c->result), OK);
	buf_fini(&in);
}

static void
cleaned_fini(struct cleaned *c)
{
	buf_fini(&c->out);
	buf_fini(&c->result.removed);
}

/* Is there such an item? */
static bool
says(const struct cleaned *c, const char *what, const char *where)
{
	struct span list = buf_span(&c->result.removed);
	struct removed_item item;

	while (removed_next(&list, &item))
		if (span_equal(item.what, span_str(what)) &&
		    span_equal(item.where, span_str(where)))
			return true;
	return false;
}

static void
a_text_without_an_appearance_is_drawn(void **state)
{
	static const struct { const char *field, *drawn; } cases[] = {
		{ WIDGET "/FT/Tx/V(ab)/DA(/H 10 Tf 0 g)>>", "q 0 g BT /F "
		    "10.00 Tf 100.00 Tz 1 0 0 1 2.00 6.40 Tm <00610062> Tj "
		    "ET Q" },
		{ WIDGET "/FT/Tx/V<FEFF65E5672C>/Q 2>>", "12.00 Tf 100.00 Tz "
		    "1 0 0 1 54.00 5.68 Tm <65e5672c>" },
		{ WIDGET "/FT/Tx/V(a)/Q 1>>", "1 0 0 1 37.00" },
		{ WIDGET "/FT/Ch/V(a\\nb)>>", "<006100200062>" },
		{ WIDGET "/FT/Tx/Ff 4096/V(a\\nb)/DA(/H 5.5 Tf)>>", "5.50 Tf "
		    "100.00 Tz 1 0 0 1 2.00 13.16 Tm <0061> Tj 100.00 Tz 1 0 0 "
		    "1 2.00 6.2" },
		{ WIDGET "/Parent<</FT/Tx/V(up)/T(x)>>>>", "<00750070>" },
		{ WIDGET "/FT/Tx/V<FEFFD842DFB7>>>", "<d842dfb7>" },
		/* wider than its place: narrow letters */
		{ WIDGET "/FT/Tx/V(12345678901234567890)>>", "63.33 Tz" },
	};
	struct cleaned c;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		clean(&c, cases[i].field, SPAN("<<>>"));
		if (!pdf_has(&c.out, cases[i].drawn))
			fail_msg("%s", cases[i].field);
		assert_true(pdf_has(&c.out, "/BBox [ 0 0 80.00 20.00 ]") ||
		    pdf_has(&c.out, "/BBox [ 0 0 80"));
		assert_true(pdf_has(&c.out, "/Subtype /Stamp"));
		assert_true(pdf_has(&c.out, "/F 4"));
		assert_int_equal(removed_count(buf_span(&c.result.removed),
		    "form-value"), 0);
		assert_int_equal(removed_count(buf_span(&c.result.removed),
		    "form-field"), 1);
		cleaned_fini(&c);
	}
}

static void
what_cannot_be_drawn_is_said_unless_it_was_hidden(void **state)
{
	static const struct { const char *field, *said; } cases[] = {
		{ WIDGET "/FT/Btn/T(box)/V/Yes>>", "box: Yes" },
		{ WIDGET "/FT/Btn/T(box)/V/Off>>", NULL },
		{ "<</Subtype/Widget/FT/Tx/T(t)/V(a)/Rect[0 0 0 0]>>",
		    "t: a" },
		{ WIDGET "/FT/Tx/V(1234567890123456789012345678901234567890)"
		    ">>", "1234567890123456789012345678901234567890" },
		{ WIDGET "/FT/Tx/T(t)/V(secret)/Rect[0 0 0 0]/F 2>>", NULL },
		{ WIDGET "/FT/Tx/V(secret)/F 32>>", NULL },
		{ WIDGET "/FT/Tx/V(secret)/Ff 8192>>", NULL },
		{ WIDGET "/FT/Tx/T(t)>>", NULL },
		{ WIDGET "/FT/Tx/T(t)/V[(a)(b)]>>", NULL },
	};
	struct cleaned c;

	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		clean(&c, cases[i].field, SPAN("<<>>"));
		assert_int_equal(removed_count(buf_span(&c.result.removed),
		    "form-value"), cases[i].said != NULL);
		if (cases[i].said != NULL)
			assert_true(says(&c, "form-value", cases[i].said));
		assert_false(pdf_has(&c.out, "secret"));
		assert_false(pdf_has(&c.out, "<0073"));
		cleaned_fini(&c);
	}
}

/* Parents in a ring, and none of them knows anything. */
static void
a_ring_of_parents_ends(void **state)
{
	struct cleaned c;

	(void)state;
	clean(&c, WIDGET "/Parent 4 0 R>>", SPAN("<</Parent 4 0 R>>"));
	assert_int_equal(removed_count(buf_span(&c.result.removed),
	    "form-field"), 1);
	cleaned_fini(&c);
}

static void
many_values_do_not_fill_the_list(void **state)
{
	char annotations[8000] = "";
	struct cleaned c;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 70; i++)
		len += (size_t)snprintf(annotations + len,
		    sizeof(annotations) - len, WIDGET "/FT/Btn/T(box%u)"
		    "/V/Yes>>", i);
	clean(&c, annotations, SPAN("<<>>"));
	assert_true(says(&c, "form-value", "box19: Yes"));
	assert_false(says(&c, "form-value", "box20: Yes"));
	assert_int_equal(removed_count(buf_span(&c.result.removed),
	    "form-value"), 70);
	assert_int_equal(removed_count(buf_span(&c.result.removed), "other"),
	    0);
	cleaned_fini(&c);
}

/* ---- signatures ---- */

/* A signature of nothing, by a certificate with this name. */
static size_t
sign(const char *name, uint8_t *der, size_t max)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *bio = BIO_new_mem_buf("x", 1);
	PKCS7 *p7;
	int len;

	assert_non_null(key);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 9999);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	p7 = PKCS7_sign(x, key, NULL, bio, PKCS7_BINARY | PKCS7_DETACHED);
	assert_non_null(p7);
	len = i2d_PKCS7(p7, NULL);
	assert_true(len > 0 && (size_t)len <= max);
	(void)i2d_PKCS7(p7, &der);
	PKCS7_free(p7);
	BIO_free(bio);
	X509_free(x);
	EVP_PKEY_free(key);
	return (size_t)len;
}

/* A signature with so many bytes of these, and zeroes behind them. */
static void
clean_signed(struct cleaned *c, const uint8_t *der, size_t len,
    const char *keys)
{
	struct buf object;

	buf_init(&object, 65536);
	assert_int_equal(buf_printf(&object, "<</Type/Sig%s/Contents<", keys),
	    OK);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf_printf(&object, "%02x", der[i]), OK);
	assert_int_equal(buf_add_str(&object, "00000000>>>"), OK);
	clean(c, WIDGET "/FT/Sig/V 4 0 R>>", buf_span(&object));
	buf_fini(&object);
	assert_int_equal(removed_count(buf_span(&c->result.removed),
	    "signature"), 1);
}

static void
the_name_on_a_certificate_is_said(void **state)
{
	uint8_t der[4096];
	size_t len = sign("山田\n太郎\u202e", der, sizeof(der));
	struct cleaned c;

	(void)state;
	clean_signed(&c, der, len, "/Name(Other)");
	assert_true(says(&c, "signer", "山田 太郎"));
	assert_false(says(&c, "signer", "Other"));
	cleaned_fini(&c);
	/* cut anywhere it is no certificate: then what the PDF says */
	for (size_t n = 0; n + 5 < len; n += 7) {
		clean_signed(&c, der, n, "/Name(Other)");
		assert_true(says(&c, "signer", "Other"));
		cleaned_fini(&c);
	}
	clean_signed(&c, der, 0, "");
	assert_int_equal(removed_count(buf_span(&c.result.removed),
	    "signer"), 0);
	cleaned_fini(&c);
}

static void
an_empty_place_for_a_signature_is_a_field(void **state)
{
	struct cleaned c;

	(void)state;
	clean(&c, WIDGET "/FT/Sig/T(s)>>", SPAN("<<>>"));
	assert_int_equal(removed_count(buf_span(&c.result.removed),
	    "signature"), 0);
	assert_int_equal(removed_count(buf_span(&c.result.removed),
	    "form-field"), 1);
	cleaned_fini(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_without_an_appearance_is_drawn),
		cmocka_unit_test(
		    what_cannot_be_drawn_is_said_unless_it_was_hidden),
		cmocka_unit_test(a_ring_of_parents_ends),
		cmocka_unit_test(many_values_do_not_fill_the_list),
		cmocka_unit_test(the_name_on_a_certificate_is_said),
		cmocka_unit_test(an_empty_place_for_a_signature_is_a_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
