/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * pdf_verify FILE...: is each the PDF that the verifier takes? One line for
 * each that is not; exit 1 when there was one.
 */
#include <stdio.h>

#include "../../gateway/verify/verify_pdf.h"

static bool
judge(const char *path, struct diag *diag)
{
	static struct pdf_reader pdf;
	static uint8_t bytes[65536];
	FILE *file = fopen(path, "rb");
	enum err err = OK;
	size_t n;

	if (file == NULL) {
		(void)diag_system(diag, "open");
		return false;
	}
	pdf_reader_init(&pdf);
	while (err == OK && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
		err = pdf_reader_write(&pdf, (struct span){ bytes, n }, diag);
	if (err == OK && ferror(file))
		err = diag_system(diag, "read");
	fclose(file);
	return err == OK && pdf_reader_end(&pdf, diag) == OK;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		struct diag diag = { .err = OK };

		if (!judge(argv[i], &diag)) {
			printf("%s: %s\n", argv[i], diag.what);
			bad = 1;
		}
	}
	return bad;
}
