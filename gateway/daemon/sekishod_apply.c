/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules become a generation and come in force. Everything that can refuse is
 * done first: compile, open what the new rules need, write the generation
 * down; only then anything changes, between two events of the loop.
 *
 *	nothing waits --apply-----------------> in force
 *	nothing waits --apply, second person--> staged (old rules in force)
 *	nothing waits --apply --confirm N-----> trial (new rules in force)
 *	staged --approved by another person---> in force, or trial
 *	staged --rollback---------------------> withdrawn
 *	trial --confirm-----------------------> in force
 *	trial --N seconds, rollback, restart--> the old rules in force again
 *
 * During a trial the old rules stay compiled in memory: to come back they
 * need neither the disk nor the compiler.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"

void
person_set(struct person *person, uid_t uid)
{
	const struct passwd *user = getpwuid(uid);

	person->uid = (uint32_t)uid;
	if (user != NULL)
		snprintf(person->name, sizeof(person->name), "%s",
		    user->pw_name);
	else
		snprintf(person->name, sizeof(person->name), "uid-%u",
		    (unsigned)uid);
	for (char *p = person->name; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

/* What happened is in force already: a full disk only loses the line. */
static void
note(struct gateway *gateway, uint64_t number, enum generation_act act,
    const struct person *by)
{
	struct audit_text text;
	struct diag diag;

	audit_begin(&text);
	json_u64(&text.json, "generation", number);
	json_str(&text.json, "act", generation_act_name(act));
	json_str(&text.json, "by", by->name);
	json_u64(&text.json, "uid", by->uid);
	audit_end(gateway, AUDIT_RULES, &text);
	if (generation_note(&gateway->generations, number, act, by, &diag) !=
	    OK)
		log_alarm("cannot write down that generation %llu is %s: %s",
		    (unsigned long long)number, generation_act_name(act),
		    diag.what);
}

static void
drop_pending(struct gateway *gateway)
{
	struct diag diag;

	if (generation_clear_pending(&gateway->generations, &diag) != OK)
		log_alarm("%s", diag.what);
}

/* ---- from one config to another ---- */

/* After OK either switch_to() or abandon() follows. */
static enum err
prepare(struct gateway *gateway, const struct config *fresh,
    struct diag *diag)
{
	enum err err;

	err = listeners_open(gateway, fresh->image, diag);
	if (err == OK)
		err = packet_prepare(gateway, fresh->image, diag);
	if (err == OK)
		err = plan_make(gateway, fresh->image, diag);
	if (err != OK)
		listeners_rollback(gateway);
	return err;
}

static void
abandon(struct gateway *gateway)
{
	plan_drop();
	listeners_rollback(gateway);
}

/* The config before stays open and is the caller's. */
static void
switch_to(struct gateway *gateway, const struct config *fresh)
{
	gateway->config = *fresh;
	packet_changed(gateway);
	listeners_commit(gateway);
	plan_apply(gateway);
}

enum err
apply_again(struct gateway *gateway, struct config *fresh,
    uint64_t generation, struct diag *diag)
{
	enum err err = prepare(gateway, fresh, diag);

	if (err != OK) {
		config_close(fresh);
		return err;
	}
	fresh->generation = generation;
	config_close(&gateway->config);
	switch_to(gateway, fresh);
	return OK;
}

/* ---- the end of a trial ---- */

static enum err
go_back(struct gateway *gateway, enum generation_act act,
    const struct person *by, struct diag *diag)
{
	struct generation_store *store = &gateway->generations;
	uint64_t number = store->pending;
	struct diag second;
	enum err err;

	err = prepare(gateway, &gateway->fallback, diag);
	if (err != OK)
		return err;
	config_close(&gateway->config);
	switch_to(gateway, &gateway->fallback);
	memset(&gateway->fallback, 0, sizeof(gateway->fallback));
	gateway->fallback.fd = -1;
	buf_clear(&gateway->reload_error);	/* refused during the trial */
	loop_timer_cancel(gateway->loop, &gateway->trial);
	snprintf(gateway->notice, sizeof(gateway->notice), "generation %llu "
	    "was taken back (%s): generation %llu is in force again",
	    (unsigned long long)number, generation_act_name(act),
	    (unsigned long long)gateway->config.generation);
	log_alarm("%s", gateway->notice);
	if (store->doubt && generation_set_current(store, store->current,
	    &second) != OK)
		log_alarm("cannot write down which rules are in force: %s",
		    second.what);
	note(gateway, number, act, by);
	drop_pending(gateway);
	return OK;
}

/* Nobody confirmed. What cannot be opened now is tried again. */
static void
on_trial_end(struct loop_timer *timer)
{
	struct gateway *gateway = (struct gateway *)((char *)timer -
	    offsetof(struct gateway, trial));
	const struct person nobody = { 0, "sekishod" };
	struct diag diag;

	if (gateway->stopping > 0 ||	/* the next start sees to it */
	    go_back(gateway, ACT_TIMED_OUT, &nobody, &diag) == OK)
		return;
	snprintf(gateway->notice, sizeof(gateway->notice), "the old rules "
	    "cannot come back yet: %s", diag.what);
	log_alarm("%s", gateway->notice);
	if (loop_timer_set(gateway->loop, timer, clock_monotonic_ms() +
	    RETURN_AGAIN_MS) != OK)
		log_alarm("no timer for it: restart the gateway");
}

/* ---- in force ---- */

static enum err
begin_trial(struct gateway *gateway, uint64_t number, uint64_t confirm_s,
    struct diag *diag)
{
	struct generation_store *store = &gateway->generations;
	enum generation_wait wait = store->wait;
	enum err err;

	err = generation_set_pending(store, number, WAIT_TRIAL,
	    clock_wall_ms() + confirm_s * 1000, diag);
	if (err != OK)
		return err;
	gateway->trial.fire = on_trial_end;
	if (loop_timer_set(gateway->loop, &gateway->trial,
	    clock_monotonic_ms() + confirm_s * 1000) == OK)
		return OK;
	if (wait == WAIT_NONE)
		drop_pending(gateway);
	return diag_set(diag, ERR_LIMIT, "no timer for the trial");
}

/* On error the generation is there, but never was in force. */
static enum err
commit(struct gateway *gateway, uint64_t number, uint64_t confirm_s,
    struct diag *diag)
{
	struct generation_store *store = &gateway->generations;

	if (confirm_s != 0)
		return begin_trial(gateway, number, confirm_s, diag);
	return generation_set_current(store, number, diag);
}

/* Prepared and written down: nothing can refuse any more. */
static void
take_over(struct gateway *gateway, struct config *fresh, uint64_t number,
    uint64_t confirm_s, const struct person *by)
{
	struct config old = gateway->config;
	bool trial = confirm_s != 0;

	fresh->generation = number;
	switch_to(gateway, fresh);
	if (trial)
		gateway->fallback = old;
	else
		config_close(&old);
	buf_clear(&gateway->reload_error);
	gateway->notice[0] = '\0';
	note(gateway, number, trial ? ACT_TRIAL : ACT_IN_FORCE, by);
	log_info("generation %llu is in force%s",
	    (unsigned long long)number, trial ? ", on trial" : "");
}

static void
describe(const struct gateway *gateway, const struct apply *apply,
    const struct config *fresh, struct generation *g)
{
	memset(g, 0, sizeof(*g));
	g->time_ms = clock_wall_ms();
	g->base = gateway->generations.current;
	g->confirm_s = apply->confirm_s;
	g->second = apply->second;
	g->author = apply->by;
	snprintf(g->reason, sizeof(g->reason), "%s", apply->reason);
	snprintf(g->source, sizeof(g->source), "%s", apply->source);
	memcpy(g->text, fresh->text, sizeof(g->text));
	memcpy(g->image, fresh->digest, sizeof(g->image));
}

static enum err
stage(struct gateway *gateway, const struct apply *apply,
    struct generation *g, struct diag *diag)
{
	enum err err;

	g->events[g->events_n++] = (struct generation_event){ ACT_STAGED,
	    g->time_ms, apply->by };
	err = generation_add(&gateway->generations, g, apply->set, diag);
	if (err == OK)
		err = generation_set_pending(&gateway->generations, g->number,
		    WAIT_STAGED, 0, diag);
	if (err == OK)
		log_info("generation %llu of %s waits for its approval",
		    (unsigned long long)g->number, g->author.name);
	return err;
}

enum err
apply_free(const struct gateway *gateway, struct diag *diag)
{
	const struct generation_store *store = &gateway->generations;
	static struct generation g;
	char when[CLOCK_TEXT_BYTES] = "", until[CLOCK_TEXT_BYTES + 8] = "";
	const char *name = "somebody";

	if (store->wait == WAIT_NONE)
		return OK;
	if (generation_read(store, store->pending, &g, NULL) == OK)
		name = g.author.name;
	if (store->wait == WAIT_TRIAL) {
		clock_rfc3339(store->deadline_ms, when, sizeof(when));
		snprintf(until, sizeof(until), ", until %s", when);
	}
	return diag_set(diag, ERR_POLICY, "generation %llu of %.40s waits to "
	    "be %s%s", (unsigned long long)store->pending, name,
	    store->wait == WAIT_TRIAL ? "confirmed" : "approved", until);
}

static enum err
check_base(const struct gateway *gateway, const struct apply *apply,
    struct diag *diag)
{
	if (apply->base == 0 ||
	    apply->base == gateway->generations.current)
		return OK;
	return diag_set(diag, ERR_POLICY, "generation %llu is in force, not "
	    "%llu: somebody else has changed the rules",
	    (unsigned long long)gateway->generations.current,
	    (unsigned long long)apply->base);
}

enum err
apply_config(struct gateway *gateway, const struct apply *apply,
    struct config *fresh, struct diag *diag)
{
	static struct generation g;
	/* the first rules have none to come back to */
	bool first = gateway->config.image == NULL;
	enum err err = prepare(gateway, fresh, diag);

	if (err != OK) {
		config_close(fresh);
		return err;
	}
	if (!first && gateway->config.generation != 0 && memcmp(fresh->text,
	    gateway->config.text, sizeof(fresh->text)) == 0) {
		abandon(gateway);
		err = apply_again(gateway, fresh,
		    gateway->config.generation, diag);
		if (err == OK)
			buf_clear(&gateway->reload_error);
		return err;
	}
	describe(gateway, apply, fresh, &g);
	if (apply->stage) {
		abandon(gateway);
		err = stage(gateway, apply, &g, diag);
		config_close(fresh);
		return err;
	}
	err = generation_add(&gateway->generations, &g, apply->set, diag);
	if (err == OK)
		err = commit(gateway, g.number, apply->confirm_s, diag);
	if (err != OK) {
		abandon(gateway);
		config_close(fresh);
		return err;
	}
	take_over(gateway, fresh, g.number, apply->confirm_s, &apply->by);
	return OK;
}

enum err
apply_rules(struct gateway *gateway, const struct apply *apply,
    struct diag *diag)
{
	struct config fresh;
	enum err err;

	memset(diag, 0, sizeof(*diag));
	err = apply_free(gateway, diag);
	if (err == OK)
		err = check_base(gateway, apply, diag);
	if (err == OK)
		err = compile_rules(gateway, apply->set, &fresh, diag);
	if (err == OK)
		err = apply_config(gateway, apply, &fresh, diag);
	return err;
}

/* ---- the second word ---- */

static enum err
confirm_trial(struct gateway *gateway, const struct person *by,
    struct diag *diag)
{
	struct generation_store *store = &gateway->generations;
	uint64_t number = store->pending;
	enum err err;

	err = generation_set_current(store, number, diag);
	if (err != OK)
		return err;
	loop_timer_cancel(gateway->loop, &gateway->trial);
	config_close(&gateway->fallback);
	buf_clear(&gateway->reload_error);	/* refused during the trial */
	gateway->notice[0] = '\0';
	note(gateway, number, ACT_CONFIRMED, by);
	drop_pending(gateway);
	log_info("generation %llu is confirmed by %s",
	    (unsigned long long)number, by->name);
	return OK;
}

static enum err
approve(struct gateway *gateway, const struct generation *g,
    const struct person *by, struct diag *diag)
{
	static struct rule_set set;
	struct config fresh;
	enum err err;

	rule_set_init(&set);
	err = generation_files(&gateway->generations, g, &set, diag);
	if (err == ERR_INPUT)		/* of the disk, not of the rules */
		err = ERR_SYSTEM;
	if (err == OK)
		err = compile_rules(gateway, &set, &fresh, diag);
	rule_set_fini(&set);
	if (err == OK) {
		err = prepare(gateway, &fresh, diag);
		if (err != OK)
			config_close(&fresh);
	}
	if (err != OK)
		return err;
	err = commit(gateway, g->number, g->confirm_s, diag);
	if (err != OK) {
		abandon(gateway);
		config_close(&fresh);
		return err;
	}
	note(gateway, g->number, ACT_APPROVED, by);
	take_over(gateway, &fresh, g->number, g->confirm_s, by);
	if (g->confirm_s == 0)
		drop_pending(gateway);
	return OK;
}

enum err
apply_confirm(struct gateway *gateway, const struct person *by,
    struct diag *diag)
{
	const struct generation_store *store = &gateway->generations;
	static struct generation g;
	enum err err;

	memset(diag, 0, sizeof(*diag));
	if (store->wait == WAIT_NONE)
		return diag_set(diag, ERR_AGAIN, "nothing waits");
	err = generation_read(store, store->pending, &g, diag);
	if (err != OK) {
		diag->err = ERR_SYSTEM;
		return ERR_SYSTEM;
	}
	if (g.second && by->uid == g.author.uid &&
	    !generation_has(&g, ACT_APPROVED))
		return diag_set(diag, ERR_POLICY, "generation %llu is %.40s's "
		    "own: another person (user id) must approve it",
		    (unsigned long long)g.number, g.author.name);
	return store->wait == WAIT_TRIAL ? confirm_trial(gateway, by, diag) :
	    approve(gateway, &g, by, diag);
}

/* ---- back ---- */

/* The newest one before that was in force: what people mean by "back". */
static enum err
one_before(const struct gateway *gateway, uint64_t *number,
    struct diag *diag)
{
	const struct generation_store *store = &gateway->generations;
	uint64_t numbers[GENERATIONS_MAX];
	static struct generation g;
	unsigned n;
	enum err err = generation_list(store, numbers, GENERATIONS_MAX, &n,
	    diag);

	for (unsigned i = n; i > 0 && err == OK; i--) {
		if (numbers[i - 1] >= store->current)
			continue;
		/* it may be the one that is meant: an older one is not */
		if (generation_read(store, numbers[i - 1], &g, diag) != OK)
			return diag_set(diag, ERR_POLICY, "generation %llu is "
			    "damaged: say which one is meant",
			    (unsigned long long)numbers[i - 1]);
		if (generation_has(&g, ACT_IN_FORCE) ||
		    generation_has(&g, ACT_CONFIRMED)) {
			*number = numbers[i - 1];
			return OK;
		}
	}
	return err != OK ? err : diag_set(diag, ERR_POLICY,
	    "no other rules were in force before");
}

static enum err
withdraw(struct gateway *gateway, const struct person *by)
{
	note(gateway, gateway->generations.pending, ACT_WITHDRAWN, by);
	log_info("generation %llu is withdrawn by %s",
	    (unsigned long long)gateway->generations.pending, by->name);
	drop_pending(gateway);
	return OK;
}

enum err
apply_rollback(struct gateway *gateway, struct apply *apply, uint64_t number,
    struct diag *diag)
{
	static struct rule_set set;
	static struct generation g;
	char source[64];
	enum err err;

	memset(diag, 0, sizeof(*diag));
	if (number == 0 && gateway->generations.wait == WAIT_TRIAL)
		return go_back(gateway, ACT_ROLLED_BACK, &apply->by, diag);
	if (number == 0 && gateway->generations.wait == WAIT_STAGED)
		return withdraw(gateway, &apply->by);
	err = apply_free(gateway, diag);
	if (err == OK && number == 0)
		err = one_before(gateway, &number, diag);
	if (err == OK)
		err = generation_read(&gateway->generations, number, &g,
		    diag);
	if (err == OK)
		err = generation_files(&gateway->generations, &g, &set, diag);
	if (err == ERR_INPUT) {		/* of the disk, not of the rules */
		diag->err = ERR_SYSTEM;
		return ERR_SYSTEM;
	}
	if (err != OK)
		return err;
	snprintf(source, sizeof(source), "generation %llu",
	    (unsigned long long)number);
	apply->set = &set;
	apply->source = source;
	err = apply_rules(gateway, apply, diag);
	rule_set_fini(&set);
	return err;
}
