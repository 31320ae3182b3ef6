/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is a file the safe form that its extension says? The verifier is asked.
 *
 *	form_verify FILE...		"NAME: yes" or "NAME: no: why"
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../gateway/verify/verify_opc.h"

static const struct {
	const char	*extension;
	enum opc_form	 form;
} forms[] = { { ".docx", OPC_DOCX }, { ".xlsx", OPC_XLSX },
    { ".pptx", OPC_PPTX } };

static enum err
judge(const char *path, enum opc_form form, struct diag *diag)
{
	static struct opc opc;
	static uint8_t bytes[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err err = OK;
	ssize_t n;

	if (fd == -1)
		return diag_set(diag, ERR_SYSTEM, "cannot be opened");
	opc_reader_init(&opc, form);
	while (err == OK && (n = read(fd, bytes, sizeof(bytes))) > 0)
		err = opc_reader_write(&opc, (struct span){ bytes, (size_t)n },
		    diag);
	close(fd);
	return err == OK ? opc_reader_end(&opc, diag) : err;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		const char *dot = strrchr(argv[i], '.');
		struct diag diag = { .err = OK };
		enum err err = ERR_INPUT;

		(void)diag_set(&diag, err, "no form of ours");
		for (size_t f = 0; f < sizeof(forms) / sizeof(forms[0]); f++)
			if (dot != NULL && strcmp(dot, forms[f].extension) ==
			    0)
				err = judge(argv[i], forms[f].form, &diag);
		printf("%s: %s%s\n", argv[i], err == OK ? "yes" : "no: ",
		    err == OK ? "" : diag.what);
		bad |= err != OK;
	}
	return bad;
}
