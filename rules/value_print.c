/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one canonical spelling of each kind of value. */
#include <inttypes.h>

#include "value_internal.h"

static enum err
print_string(struct span text, struct buf *out)
{
	enum err err = buf_add_byte(out, '"');

	for (size_t i = 0; i < text.len && err == OK; i++) {
		if (text.ptr[i] == '"' || text.ptr[i] == '\\')
			err = buf_add_byte(out, '\\');
		if (err == OK)
			err = buf_add_byte(out, text.ptr[i]);
	}
	return err == OK ? buf_add_byte(out, '"') : err;
}

static enum err
print_lower(struct span text, struct buf *out)
{
	enum err err = OK;

	for (size_t i = 0; i < text.len && err == OK; i++)
		err = buf_add_byte(out, ascii_lower(text.ptr[i]));
	return err;
}

static enum err
print_number(const struct value *v, struct buf *out)
{
	const struct number_spec *spec = v->slot->number;

	if (spec == NULL || spec->units[0].text == NULL)
		return buf_printf(out, "%" PRIu64, v->number);
	return buf_printf(out, "%" PRIu64 " %s", v->number,
	    spec->units[v->unit].text);
}

enum err
value_print(const struct value *v, struct buf *out)
{
	char text[ADDRESS_TEXT_BYTES], last[ADDRESS_TEXT_BYTES];
	char date[DATE_TEXT_BYTES];

	switch (v->form) {
	case FORM_WORD:
	case FORM_ANY:
	case FORM_MAILDIR:
		return buf_add(out, v->text);
	case FORM_NAME:
		return v->slot->kind == SLOT_DOMAIN ?
		    print_lower(v->text, out) : buf_add(out, v->text);
	case FORM_STRING:
		return print_string(v->text, out);
	case FORM_ADDRESS:
		address_text(&v->network.address, text);
		return buf_add_str(out, text);
	case FORM_NETWORK:
		network_text(&v->network, text);
		return buf_add_str(out, text);
	case FORM_RANGE:
		address_text(&v->network.address, text);
		address_text(v->last, last);
		return buf_printf(out, "%s-%s", text, last);
	case FORM_MAC:
		return buf_printf(out, "%02x:%02x:%02x:%02x:%02x:%02x",
		    v->mac[0], v->mac[1], v->mac[2], v->mac[3], v->mac[4],
		    v->mac[5]);
	case FORM_PORTS:
		if (v->last_number == v->number)
			return buf_printf(out, "%" PRIu64, v->number);
		return buf_printf(out, "%" PRIu64 "-%" PRIu64, v->number,
		    v->last_number);
	case FORM_NUMBER:
		return print_number(v, out);
	case FORM_DATE:
		date_text(v->number, date);
		return buf_add_str(out, date);
	}
	return OK;
}
