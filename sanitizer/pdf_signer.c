/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is said to have signed a PDF: the certificate that came with the
 * signature says it, or else its dictionary does. Nothing is verified here,
 * as the signature is void in any case: the document is made anew.
 */
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include "pdf_field.h"

#define SIGNATURE_BYTES_MAX	(1024u * 1024)

static enum err
common_name(const X509 *certificate, struct buf *name)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *text = NULL;
	enum err err = OK;
	int len;

	if (at < 0)
		return OK;
	len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(
	    X509_NAME_get_entry(subject, at)));
	if (len > 0)
		err = buf_add(name, (struct span){ text, (size_t)len });
	OPENSSL_free(text);
	return err;
}

/* The bytes of /Contents: a PKCS #7 object, and zeroes up to a fixed size. */
static enum err
from_certificate(struct span bytes, struct buf *name)
{
	const unsigned char *at = bytes.ptr;
	STACK_OF(X509) *signers = NULL;
	PKCS7 *p7;
	enum err err = OK;

	if (bytes.len == 0 || bytes.len > SIGNATURE_BYTES_MAX ||
	    (p7 = d2i_PKCS7(NULL, &at, (long)bytes.len)) == NULL)
		return OK;
	if (PKCS7_type_is_signed(p7))
		signers = PKCS7_get0_signers(p7, NULL, 0);
	if (signers != NULL && sk_X509_num(signers) > 0)
		err = common_name(sk_X509_value(signers, 0), name);
	sk_X509_free(signers);
	PKCS7_free(p7);
	return err;
}

enum err
pdf_signer(struct pdf *pdf, qpdf_oh signature, struct buf *name)
{
	qpdf_oh contents = pdf_get(pdf, signature, "/Contents");
	qpdf_oh text = pdf_get(pdf, signature, "/Name");
	size_t before = name->len, len = 0;
	const char *bytes = NULL;
	enum err err = OK;

	if (pdf->err == OK && qpdf_oh_get_value_as_string(pdf->q, contents,
	    &bytes, &len) && bytes != NULL)
		err = from_certificate((struct span){
		    (const uint8_t *)bytes, len }, name);
	if (err == OK && pdf->err == OK && name->len == before &&
	    qpdf_oh_get_value_as_utf8(pdf->q, text, &bytes, &len) &&
	    bytes != NULL)
		err = buf_add(name, (struct span){ (const uint8_t *)bytes,
		    len });
	qpdf_oh_release(pdf->q, text);
	qpdf_oh_release(pdf->q, contents);
	return pdf_failed(pdf) ? pdf->err : err;
}
