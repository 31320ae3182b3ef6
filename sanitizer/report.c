/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report of a mail as JSON (design.md section 6). What the reader of the
 * mail gets is notice.c.
 */
#include "report.h"

#include "../gateway/base/digest.h"
#include "../gateway/base/json.h"
#include "../gateway/base/receipt.h"

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
