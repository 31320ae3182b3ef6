/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ladder of handlers, texts made anew, and where leaves wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../../sanitizer/format_text.h"
#include "../../../sanitizer/handler.h"
#include "../../../sanitizer/store.h"

/* ---- ladder ---- */

static struct sanitizer_policy
standard(void)
{
	struct sanitizer_policy policy;

	sanitizer_policy_standard(&policy);
	return policy;
}

static void
what_could_run_has_no_handler_under_any_policy(void **state)
{
	struct sanitizer_policy policy = standard();

	(void)state;
	for (int m = METHOD_REMOVE; m <= METHOD_HOLD; m++) {
		policy.other = (enum method)m;
		assert_null(handler_find(PART_ACTIVE, &policy, 0));
		assert_null(handler_find(PART_UNKNOWN, &policy, 0));
	}
}

static void
the_policy_sets_where_the_ladder_begins(void **state)
{
	struct sanitizer_policy policy = standard();

	(void)state;
	assert_int_equal(handler_find(PART_JPEG, &policy, 0)->method,
	    METHOD_REBUILD);
	assert_int_equal(handler_find(PART_JPEG, &policy, 1)->method,
	    METHOD_IMAGE);
	assert_null(handler_find(PART_JPEG, &policy, 2));
	policy.image = METHOD_TEXT;
	assert_null(handler_find(PART_JPEG, &policy, 0));
	policy.image = METHOD_REMOVE;
	assert_null(handler_find(PART_JPEG, &policy, 0));
	policy.text = METHOD_REMOVE;
	assert_null(handler_find(PART_TEXT, &policy, 0));
}

static void
libraries_run_in_children_only(void **state)
{
	struct sanitizer_policy policy = standard();

	(void)state;
	for (int k = PART_UNKNOWN; k < PART_KIND_N; k++)
		for (unsigned i = 0;; i++) {
			const struct handler *h = handler_find(
			    (enum part_kind)k, &policy, i);

			if (h == NULL)
				break;
			/* what parses in the mail's own child is text */
			assert_true((h->tasks[0] == 0) == (k < PART_JPEG ||
			    k > PART_OOXML));
			assert_true(h->tasks[0] != 0 || h->run != RUN_NOTHING);
			assert_int_equal(h->tasks[HANDLER_TASKS_MAX], 0);
		}
}

/* ---- texts ---- */

static enum err
make(struct span text, const char *label, struct buf *out)
{
	struct input in = input_span(text);
	struct text_result result;
	struct buf_sink sink;

	buf_clear(out);
	buf_sink_init(&sink, out);
	return format_text(&in, span_str(label), &sink.filter, &result);
}

static void
a_text_file_has_one_form(void **state)
{
	static const struct {
		const char *label;
		struct span in, out;
	} texts[] = {
		{ "", SPAN("a\nb"), SPAN("\xef\xbb\xbf" "a\r\nb\r\n") },
		{ "", SPAN("\xef\xbb\xbf" "a\r\n"),
		    SPAN("\xef\xbb\xbf" "a\r\n") },
		{ "", SPAN(""), SPAN("\xef\xbb\xbf\r\n") },
		{ "shift_jis", SPAN("\x83\x65"),
		    SPAN("\xef\xbb\xbfテ\r\n") },
		{ "", SPAN("\xff\xfe" "a\0\n\0"),
		    SPAN("\xef\xbb\xbf" "a\r\n") },
		{ "", SPAN("a\xe2\x80\xae" "b"),
		    SPAN("\xef\xbb\xbf" "ab\r\n") },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(make(texts[i].in, texts[i].label, &out), OK);
		if (!span_equal(buf_span(&out), texts[i].out))
			fail_msg("%zu: %.*s", i, (int)out.len,
			    (const char *)out.ptr);
	}
	buf_fini(&out);
}

static void
a_binary_in_disguise_is_refused(void **state)
{
	uint8_t bytes[4096];
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i % 40 == 0 ? 1 : 'a');
	buf_init(&out, 65536);
	assert_int_equal(make((struct span){ bytes, sizeof(bytes) }, "",
	    &out), ERR_INPUT);
	buf_fini(&out);
}

static void
flowed_lines_are_joined(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(format_text_unflow(SPAN("a \r\nb\r\n> c \r\n> d\r\n"
	    ">> e \r\n> f\r\n-- \r\nme\r\n  x\r\n"), false, &out), OK);
	assert_true(span_equal(buf_span(&out), SPAN("a b\r\n> c d\r\n"
	    ">> e \r\n> f\r\n-- \r\nme\r\n x\r\n")));
	buf_clear(&out);
	assert_int_equal(format_text_unflow(SPAN("長い \r\n行\r\n"), true,
	    &out), OK);
	assert_true(span_equal(buf_span(&out), SPAN("長い行\r\n")));
	buf_fini(&out);
}

static void
texts_are_compared_by_their_words(void **state)
{
	(void)state;
	assert_int_equal(format_text_difference(SPAN("Hello, World"),
	    SPAN("  hello\nworld!")), 0);
	assert_int_equal(format_text_difference(SPAN("来週の会議"),
	    SPAN("来週の・会議。")), 0);
	assert_int_equal(format_text_difference(SPAN("a http://x.example/y b"),
	    SPAN("a b")), 0);
	assert_int_equal(format_text_difference(SPAN("one two"),
	    SPAN("three four")), 1000);
	assert_int_equal(format_text_difference(SPAN("a b c d"),
	    SPAN("a b c e")), 250);
	assert_int_equal(format_text_difference(SPAN(""), SPAN("")), 0);
}

/* ---- store ---- */

static void
fill(struct store *store, size_t n, struct input *result)
{
	struct store_sink sink;
	uint8_t bytes[1000];

	memset(bytes, (int)(n % 251), sizeof(bytes));
	store_sink_init(&sink, store);
	for (size_t i = 0; i < n; i += sizeof(bytes))
		assert_int_equal(filter_write(&sink.filter, (struct span){
		    bytes, n - i < sizeof(bytes) ? n - i : sizeof(bytes) }),
		    OK);
	assert_int_equal(filter_end(&sink.filter), OK);
	assert_int_equal(sink.bytes, n);
	*result = sink.result;
	store_sink_fini(&sink);
}

static void
check_fill(const struct input *in, size_t n)
{
	uint8_t bytes[700];
	size_t got;

	assert_int_equal(in->len, n);
	for (uint64_t at = 0; at < n; at += got) {
		assert_int_equal(input_read(in, at, bytes, sizeof(bytes),
		    &got), OK);
		assert_true(got > 0);
		for (size_t i = 0; i < got; i++)
			assert_int_equal(bytes[i], n % 251);
	}
}

static void
leaves_of_all_sizes_come_back(void **state)
{
	static const size_t sizes[] = { 0, 1, 65536, 65537, 262144, 262145,
	    1000003, 5 };
	struct input in[8];
	struct store store;
	struct arena *arena = arena_new(8 * 1024 * 1024);
	int fd = memfd_create("test", MFD_CLOEXEC);

	(void)state;
	assert_non_null(arena);
	assert_true(fd != -1);
	store_init(&store, arena, fd, 64 * 1024 * 1024);
	for (size_t i = 0; i < 8; i++)
		fill(&store, sizes[i], &in[i]);
	for (size_t i = 0; i < 8; i++)
		check_fill(&in[i], sizes[i]);
	assert_true(arena_used(arena) < 512 * 1024);
	close(fd);
	arena_free(arena);
}

static void
the_sum_of_leaves_is_limited(void **state)
{
	struct arena *arena = arena_new(1024 * 1024);
	struct store_sink sink;
	struct store store;

	(void)state;
	store_init(&store, arena, -1, 10);
	store_sink_init(&sink, &store);
	assert_int_equal(filter_write(&sink.filter, SPAN("123456")), OK);
	assert_int_equal(filter_write(&sink.filter, SPAN("78901")),
	    ERR_LIMIT);
	store_sink_fini(&sink);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_could_run_has_no_handler_under_any_policy),
		cmocka_unit_test(the_policy_sets_where_the_ladder_begins),
		cmocka_unit_test(libraries_run_in_children_only),
		cmocka_unit_test(a_text_file_has_one_form),
		cmocka_unit_test(a_binary_in_disguise_is_refused),
		cmocka_unit_test(flowed_lines_are_joined),
		cmocka_unit_test(texts_are_compared_by_their_words),
		cmocka_unit_test(leaves_of_all_sizes_come_back),
		cmocka_unit_test(the_sum_of_leaves_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
