/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report of a mail as JSON (design.md section 6) and the list of removed
 * things that handlers fill. What the reader of the mail gets is notice.c.
 */
#include "report.h"

#include <string.h>

#include "../gateway/base/digest.h"
#include "../gateway/base/json.h"
#include "../gateway/base/receipt.h"
#include "../gateway/base/utf8.h"
#include "../gateway/base/wire.h"

/* At most max bytes, cut between characters. */
static struct span
cut(struct span s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max > 0 && (s.ptr[max] & 0xc0) == 0x80)
		max--;
	return span_sub(s, 0, max);
}

bool
removed_next(struct span *list, struct removed_item *item)
{
	struct wire_reader r;

	if (list->len == 0)
		return false;
	wire_reader_init(&r, *list);
	item->what = wire_get_bytes(&r, REMOVED_TEXT_BYTES_MAX);
	item->count = wire_get_u64(&r);
	item->where = wire_get_bytes(&r, REMOVED_TEXT_BYTES_MAX);
	*list = r.rest;
	if (r.bad)
		*list = (struct span){ NULL, 0 };
	return !r.bad;
}

uint64_t
removed_count(struct span list, const char *what)
{
	struct removed_item item;
	uint64_t n = 0;

	while (removed_next(&list, &item))
		if (span_equal(item.what, span_str(what)))
			n += item.count;
	return n;
}

static void
put_u64(uint8_t *at, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

/* Count up in place where the list has the item; *items: how many it has. */
static bool
count_up(struct buf *list, struct span what, uint64_t count,
    struct span where, unsigned *items)
{
	struct span rest = buf_span(list);
	struct removed_item item;

	*items = 0;
	while (removed_next(&rest, &item)) {
		++*items;
		if (!span_equal(item.what, what) ||
		    !span_equal(item.where, where))
			continue;
		put_u64(list->ptr + (item.what.ptr + item.what.len -
		    list->ptr), item.count + count);
		return true;
	}
	return false;
}

enum err
removed_add(struct buf *list, const char *what, uint64_t count,
    struct span where)
{
	struct span text = cut(span_str(what), REMOVED_TEXT_BYTES_MAX);
	unsigned items;
	enum err err;

	where = cut(where, REMOVED_TEXT_BYTES_MAX);
	if (count_up(list, text, count, where, &items))
		return OK;
	if (items >= REMOVED_ITEMS_MAX) {
		text = SPAN("other");
		where = SPAN("");
		if (count_up(list, text, count, where, &items))
			return OK;
	}
	if ((err = wire_put_bytes(list, text)) == OK &&
	    (err = wire_put_u64(list, count)) == OK)
		err = wire_put_bytes(list, where);
	return err;
}

static void
write_hex(struct json *json, const char *key, const uint8_t digest[32])
{
	char hex[DIGEST_HEX_BYTES];

	digest_hex(digest, hex);
	json_str(json, key, hex);
}

static void
write_removed(struct json *json, const char *key, struct span list)
{
	struct removed_item item;

	json_array(json, key);
	while (removed_next(&list, &item)) {
		json_object(json, NULL);
		json_string(json, "what", item.what);
		json_u64(json, "count", item.count);
		json_string(json, "where", item.where);
		json_object_end(json);
	}
	json_array_end(json);
}

static void
write_part(struct json *json, const struct report_part *part)
{
	json_object(json, NULL);
	json_str(json, "path", part->path);
	json_string(json, "name", part->name);
	json_string(json, "declared", part->declared);
	json_str(json, "detected", part->detected);
	json_str(json, "outcome", part_outcome_name(part->outcome));
	json_str(json, "method", part->method);
	json_string(json, "out_name", part->out_name);
	json_str(json, "out_type", part->out_type != NULL ?
	    part->out_type : "");
	if (part->pages > 0)
		json_u64(json, "pages", part->pages);
	json_u64(json, "bytes_in", part->bytes_in);
	json_u64(json, "bytes_out", part->bytes_out);
	write_hex(json, "sha256_in", part->sha256_in);
	if (part->bytes_out == 0)
		json_str(json, "sha256_out", "");
	else
		write_hex(json, "sha256_out", part->sha256_out);
	write_removed(json, "removed", part->removed);
	json_str(json, "reason", part->reason != NULL ? part->reason : "");
	json_object_end(json);
}

static void
write_file(struct json *json, const char *key, uint64_t bytes,
    const uint8_t sha256[32])
{
	json_object(json, key);
	json_u64(json, "bytes", bytes);
	write_hex(json, "sha256", sha256);
	json_object_end(json);
}

enum err
report_write(const struct report *report, struct buf *out)
{
	const struct sanitizer_result *result = report->result;
	char receipt[RECEIPT_TEXT_BYTES];
	struct json json;

	receipt_text(report->job->id, receipt);
	json_init(&json, out);
	json_object(&json, NULL);
	json_u64(&json, "version", 1);
	json_str(&json, "receipt", receipt);
	json_str(&json, "outcome",
	    result->outcome == MAIL_HOLD ? "held" : "delivered");
	json_str(&json, "policy", report->job->policy.name);
	json_u64(&json, "generation", report->job->generation);
	write_file(&json, "input", report->in_bytes, report->in_sha256);
	write_file(&json, "output", result->out_bytes, result->out_sha256);
	json_milli(&json, "ms", report->elapsed_us);
	json_array(&json, "flags");
	for (unsigned i = 0; i < MIME_FLAG_N; i++)
		if (report->flags & 1u << i)
			json_str(&json, NULL,
			    mime_flag_name((enum mime_flag)i));
	json_array_end(&json);
	json_array(&json, "parts");
	for (const struct report_part *p = report->parts; p != NULL;
	    p = p->next)
		write_part(&json, p);
	json_array_end(&json);
	write_removed(&json, "removed", report->notes);
	json_str(&json, "reason", result->reason);
	json_object_end(&json);
	return json_end(&json);
}
