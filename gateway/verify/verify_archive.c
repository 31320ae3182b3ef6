/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which entries an archive of ours may have. The container itself is read by
 * verify_zip.c, their contents by the reader of their form.
 */
#include <string.h>

#include "verify_archive.h"
#include "verify_value.h"

static void
init_text(union archive_content *c)
{
	text_init(&c->text, TEXT_FILE);
}

static enum err
write_text(union archive_content *c, struct span s, struct diag *diag)
{
	return text_write(&c->text, s, diag);
}

static enum err
end_text(union archive_content *c, struct diag *diag)
{
	return text_end(&c->text, diag);
}

static void
init_png(union archive_content *c)
{
	png_init(&c->png);
}

static enum err
write_png(union archive_content *c, struct span s, struct diag *diag)
{
	return png_write(&c->png, s, diag);
}

static enum err
end_png(union archive_content *c, struct diag *diag)
{
	return png_end(&c->png, diag);
}

static void
init_jpeg(union archive_content *c)
{
	jpeg_init(&c->jpeg);
}

static enum err
write_jpeg(union archive_content *c, struct span s, struct diag *diag)
{
	return jpeg_write(&c->jpeg, s, diag);
}

static enum err
end_jpeg(union archive_content *c, struct diag *diag)
{
	return jpeg_end(&c->jpeg, diag);
}

static void
init_csv(union archive_content *c)
{
	csv_init(&c->csv);
}

static enum err
write_csv(union archive_content *c, struct span s, struct diag *diag)
{
	return csv_write(&c->csv, s, diag);
}

static enum err
end_csv(union archive_content *c, struct diag *diag)
{
	return csv_end(&c->csv, diag);
}

static void
init_pdf(union archive_content *c)
{
	pdf_reader_init(&c->pdf);
}

static enum err
write_pdf(union archive_content *c, struct span s, struct diag *diag)
{
	return pdf_reader_write(&c->pdf, s, diag);
}

static enum err
end_pdf(union archive_content *c, struct diag *diag)
{
	return pdf_reader_end(&c->pdf, diag);
}

static void
init_docx(union archive_content *c)
{
	opc_init(&c->opc, OPC_DOCX);
}

static void
init_xlsx(union archive_content *c)
{
	opc_init(&c->opc, OPC_XLSX);
}

static void
init_pptx(union archive_content *c)
{
	opc_init(&c->opc, OPC_PPTX);
}

static enum err
write_opc(union archive_content *c, struct span s, struct diag *diag)
{
	return opc_write(&c->opc, s, diag);
}

static enum err
end_opc(union archive_content *c, struct diag *diag)
{
	return opc_end(&c->opc, diag);
}

static const struct archive_form forms[] = {
	{ ".docx", init_docx, write_opc, end_opc },
	{ ".xlsx", init_xlsx, write_opc, end_opc },
	{ ".pptx", init_pptx, write_opc, end_opc },
	{ ".txt", init_text, write_text, end_text },
	{ ".csv", init_csv, write_csv, end_csv },
	{ ".pdf", init_pdf, write_pdf, end_pdf },
	{ ".jpg", init_jpeg, write_jpeg, end_jpeg },
	{ ".png", init_png, write_png, end_png },
};

bool
name_is_clean(struct span name, const char *extension)
{
	static bool reserved[256];
	size_t extension_len = strlen(extension);

	set_make(reserved, "\\\\", "/:*?\"<>|");
	for (size_t i = 0; i < name.len; i++)
		if (reserved[name.ptr[i]])
			return false;
	return name.len <= VERIFY_NAME_BYTES_MAX && name.len > extension_len &&
	    span_ends(name, span_str(extension)) && name.ptr[0] != '.' &&
	    name.ptr[0] != ' ';
}

static enum err
begin(void *arg, struct span name, struct diag *diag)
{
	struct archive *archive = arg;
	struct text text;
	enum err err;

	text_init(&text, TEXT_WORDS);
	if ((err = text_write(&text, name, diag)) != OK ||
	    (err = text_end(&text, diag)) != OK)
		return err;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (name_is_clean(name, forms[i].extension)) {
			archive->form = &forms[i];
			archive->form->init(&archive->content);
			return OK;
		}
	return refuse(diag, "ZIP: a name that is not allowed");
}

static enum err
bytes(void *arg, struct span s, struct diag *diag)
{
	struct archive *archive = arg;

	return archive->form->write(&archive->content, s, diag);
}

static enum err
end(void *arg, struct diag *diag)
{
	struct archive *archive = arg;

	return archive->form->end(&archive->content, diag);
}

void
archive_init(struct archive *archive)
{
	static const struct unzip_reader reader = { begin, bytes, end };

	archive->form = NULL;
	unzip_init(&archive->zip, &reader, archive);
}

enum err
archive_write(struct archive *archive, struct span s, struct diag *diag)
{
	return unzip_write(&archive->zip, s, diag);
}

enum err
archive_end(const struct archive *archive, struct diag *diag)
{
	return unzip_end(&archive->zip, diag);
}
