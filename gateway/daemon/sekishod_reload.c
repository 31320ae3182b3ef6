/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rule file: read at a start and at each reload. Whether it is taken as a
 * new generation, or what is in force stays, is decided here; how rules come
 * in force is in sekishod_apply.c.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"

/* The findings, or the one line that there is instead. */
void
reload_note_error(struct gateway *gateway, const struct diag *diag)
{
	struct audit_text text;
	enum err err;

	audit_begin(&text);
	json_str(&text.json, "act", "refused");
	json_str(&text.json, "reason", diag->what);
	audit_end(gateway, AUDIT_RULES, &text);
	buf_clear(&gateway->reload_error);
	gateway->reload_error_ms = clock_wall_ms();
	if (diag->err == ERR_INPUT && gateway->findings.len > 0)
		err = buf_add(&gateway->reload_error,
		    buf_span(&gateway->findings));
	else
		err = buf_printf(&gateway->reload_error, "%s\n", diag->what);
	if (err != OK)
		buf_truncate(&gateway->reload_error, 0);
}

struct span
reload_headline(const struct gateway *gateway)
{
	struct span rest = buf_span(&gateway->reload_error), line;

	(void)span_cut(&rest, '\n', &line);
	return line;
}

/* A start that finds the rule file as it is now has nothing new to take. */
static void
note_seen(struct gateway *gateway, const uint8_t text[DIGEST_BYTES])
{
	struct diag diag;

	if (generation_set_seen(&gateway->generations, text,
	    gateway->rules_path, &diag) != OK)
		log_warn("cannot note that the rule file was read: %s",
		    diag.what);
}

static enum err
take_file(struct gateway *gateway, struct rule_set *set,
    struct config *fresh, const struct person *by, const char *reason,
    struct diag *diag)
{
	const struct apply apply = { .set = set, .by = *by,
	    .reason = reason, .source = gateway->rules_path };
	uint8_t text[DIGEST_BYTES];
	enum err err;

	memcpy(text, fresh->text, sizeof(text));
	err = apply_config(gateway, &apply, fresh, diag);
	if (err == OK)
		note_seen(gateway, text);
	return err;
}

/* ---- reload ---- */

static enum err
may_reload(const struct gateway *gateway, struct diag *diag)
{
	if (gateway->second_approver)
		return diag_set(diag, ERR_POLICY, "rules need a second "
		    "approver here: use sekisho apply instead of a reload");
	return apply_free(gateway, diag);
}

enum err
reload(struct gateway *gateway, const struct person *by, struct diag *diag)
{
	static struct rule_set set;
	struct config fresh;
	enum err err;

	memset(diag, 0, sizeof(*diag));
	rule_set_init(&set);
	err = may_reload(gateway, diag);
	if (err == OK)
		err = compile_rules(gateway, &set, &fresh, diag);
	if (err == OK)
		err = take_file(gateway, &set, &fresh, by, "reload", diag);
	rule_set_fini(&set);
	if (err != OK) {
		reload_note_error(gateway, diag);
		return err;
	}
	log_info("rules %s are in force, generation %llu",
	    gateway->rules_path,
	    (unsigned long long)gateway->config.generation);
	return OK;
}

/* ---- start ---- */

/* The gateway, or the machine, ended before anybody confirmed. */
static void
end_trial(struct gateway *gateway)
{
	struct generation_store *store = &gateway->generations;
	uint64_t number = store->pending;
	struct person nobody = { (uint32_t)getuid(), "sekishod" };
	struct diag diag;

	snprintf(gateway->notice, sizeof(gateway->notice), "generation %llu "
	    "was not confirmed before the gateway ended: generation %llu is "
	    "in force again", (unsigned long long)number,
	    (unsigned long long)store->current);
	log_alarm("%s", gateway->notice);
	if (generation_note(store, number, ACT_RESTARTED, &nobody, &diag) !=
	    OK || generation_clear_pending(store, &diag) != OK)
		log_warn("cannot write that down: %s", diag.what);
}

/* Does any generation with this text stand for "not this one"? */
static const char *
was_refused(const struct gateway *gateway, const uint8_t text[DIGEST_BYTES])
{
	static const enum generation_act acts[] = { ACT_TIMED_OUT,
	    ACT_RESTARTED, ACT_ROLLED_BACK, ACT_WITHDRAWN };
	static struct generation g;
	uint64_t numbers[GENERATIONS_MAX];
	bool refused = false;
	struct diag diag;
	unsigned n;

	if (generation_list(&gateway->generations, numbers, GENERATIONS_MAX,
	    &n, &diag) != OK)
		return "the generations cannot be read";
	for (unsigned i = 0; i < n; i++) {
		if (generation_read(&gateway->generations, numbers[i], &g,
		    &diag) != OK)
			return "a damaged generation may have been the same, "
			    "and rolled back: use sekisho apply";
		if (memcmp(g.text, text, sizeof(g.text)) != 0)
			continue;
		/* the last one of this text counts */
		refused = numbers[i] == gateway->generations.pending;
		for (size_t k = 0; k < sizeof(acts) / sizeof(acts[0]); k++)
			refused |= generation_has(&g, acts[k]);
	}
	return refused ? "it was rolled back, or never approved or confirmed" :
	    NULL;
}

/* NULL: the rule file is to be taken. */
static const char *
why_not_file(const struct gateway *gateway, const struct config *file)
{
	const struct generation_store *store = &gateway->generations;

	if (gateway->second_approver)
		return "it needs a second approver: use sekisho apply";
	if (store->seen_known && memcmp(store->seen[0], file->text,
	    sizeof(store->seen[0])) == 0)
		return "it has not changed since other rules were applied";
	return was_refused(gateway, file->text);
}

/* Nothing is guessed: which rules are right only a person can say. */
static void
say_damaged(const struct gateway *gateway, enum err err)
{
	if (err == ERR_INPUT || err == ERR_POLICY)
		log_alarm("what is in force cannot be read: put the folder "
		    "generations back from a copy, or move it away to start "
		    "with %s as generation 1", gateway->rules_path);
}

/* What the last start, apply or rollback has left in force. */
static enum err
start_current(struct gateway *gateway, struct diag *diag)
{
	static struct rule_set set;
	static struct generation g;
	uint64_t current = gateway->generations.current;
	struct config fresh;
	enum err err;

	rule_set_init(&set);
	err = generation_read(&gateway->generations, current, &g, diag);
	if (err == OK)
		err = generation_files(&gateway->generations, &g, &set, diag);
	say_damaged(gateway, err);
	set.renewed = true;	/* a rule may have ended meanwhile */
	if (err == ERR_INPUT || err == ERR_POLICY)
		err = ERR_SYSTEM;	/* the disk's trouble, not the text's */
	if (err == OK)
		err = compile_rules(gateway, &set, &fresh, diag);
	rule_set_fini(&set);
	if (err == OK)
		err = apply_again(gateway, &fresh, current, diag);
	return err;
}

static void
notice_file(struct gateway *gateway, const char *why)
{
	size_t len = strlen(gateway->notice);

	log_alarm("the rule file %s is not what is in force (generation "
	    "%llu), and is not taken: %s", gateway->rules_path,
	    (unsigned long long)gateway->generations.current, why);
	snprintf(gateway->notice + len, sizeof(gateway->notice) - len,
	    "%sthe rule file is not what is in force: %s",
	    len > 0 ? "; " : "", why);
}

/* There are rules in force: are those of the file newer? */
static enum err
start_again(struct gateway *gateway, struct rule_set *set,
    struct diag *diag)
{
	static struct generation g;
	const struct person self = { (uint32_t)getuid(), "sekishod" };
	struct person by = self;
	struct config fresh;
	const char *why;
	enum err err;

	err = generation_read(&gateway->generations,
	    gateway->generations.current, &g, diag);
	if (err != OK) {
		say_damaged(gateway, err);
		diag->err = ERR_SYSTEM;
		return ERR_SYSTEM;
	}
	/* the stop came before that was written down */
	if (!generation_has(&g, ACT_IN_FORCE) &&
	    !generation_has(&g, ACT_CONFIRMED) && generation_note(
	    &gateway->generations, g.number, ACT_IN_FORCE, &self, diag) != OK)
		log_warn("cannot write down what is in force: %s",
		    diag->what);
	err = compile_rules(gateway, set, &fresh, diag);
	if (err == OK && memcmp(fresh.text, g.text, sizeof(g.text)) == 0) {
		note_seen(gateway, fresh.text);
		return apply_again(gateway, &fresh, g.number, diag);
	}
	why = err == OK ? why_not_file(gateway, &fresh) : NULL;
	if (why != NULL) {
		config_close(&fresh);
		notice_file(gateway, why);
		return start_current(gateway, diag);
	}
	person_set(&by, getuid());
	if (err == OK)
		err = take_file(gateway, set, &fresh, &by, "start", diag);
	if (err == OK) {
		log_warn("the rule file has changed since the last time: it "
		    "is generation %llu now, %llu was in force",
		    (unsigned long long)gateway->config.generation,
		    (unsigned long long)g.number);
		return OK;
	}
	/* who names another file than before wants that one, or to know */
	if (generation_seen_other(&gateway->generations,
	    gateway->rules_path))
		return err;
	reload_note_error(gateway, diag);
	notice_file(gateway, diag->what);
	return start_current(gateway, diag);
}

enum err
reload_start(struct gateway *gateway, struct diag *diag)
{
	static struct rule_set set;
	struct config fresh;
	struct person by;
	enum err err;

	memset(diag, 0, sizeof(*diag));
	rule_set_init(&set);
	err = generation_store_open(&gateway->generations,
	    gateway->state_dir, diag);
	if (err != OK) {
		say_damaged(gateway, err);
		diag->err = ERR_SYSTEM;
		return ERR_SYSTEM;
	}
	if (gateway->generations.wait == WAIT_TRIAL)
		end_trial(gateway);
	if (gateway->generations.current != 0) {
		err = start_again(gateway, &set, diag);
	} else {
		person_set(&by, getuid());
		err = compile_rules(gateway, &set, &fresh, diag);
		if (err == OK)
			err = take_file(gateway, &set, &fresh, &by,
			    "first start", diag);
	}
	rule_set_fini(&set);
	if (err == OK)
		log_info("rules %s are in force, generation %llu",
		    gateway->rules_path,
		    (unsigned long long)gateway->config.generation);
	return err;
}
