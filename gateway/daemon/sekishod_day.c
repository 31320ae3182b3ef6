/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A new day: a rule whose `until` has passed has to go, though nobody applies
 * anything. The generation in force is compiled again, with the new date and
 * under its old number. When that cannot be done the alarm is repeated until
 * it is: what ended would otherwise be let through in silence.
 */
#include "../base/clock.h"
#include "../base/log.h"
#include "sekishod_internal.h"

#define LOOK_MS		5000	/* the date can be set, too */

static enum err
renew(struct gateway *gateway, struct diag *diag)
{
	static struct rule_set set;
	static struct generation g;
	uint64_t number = gateway->config.generation;
	struct config fresh;
	enum err err;

	rule_set_init(&set);
	err = generation_read(&gateway->generations, number, &g, diag);
	if (err == OK)
		err = generation_files(&gateway->generations, &g, &set, diag);
	set.renewed = true;
	if (err == OK)
		err = compile_rules(gateway, &set, &fresh, diag);
	rule_set_fini(&set);
	if (err == OK)
		err = apply_again(gateway, &fresh, number, diag);
	return err;
}

static void
look(struct gateway *gateway)
{
	uint32_t ends = rules_ends(gateway->config.image);
	struct diag diag = { 0 };

	if (ends == RULES_NONE || compile_today() <= ends)
		return;
	if (renew(gateway, &diag) != OK)
		log_alarm("a rule of generation %llu has ended and cannot be "
		    "taken out: %s; apply rules without it, or cut its "
		    "segments off", (unsigned long long)
		    gateway->config.generation, diag.what);
	else
		log_warn("a rule of generation %llu has ended and is off "
		    "from now on", (unsigned long long)
		    gateway->config.generation);
}

static void
on_look(struct loop_timer *timer)
{
	struct gateway *gateway = (struct gateway *)((char *)timer -
	    offsetof(struct gateway, day));

	if (gateway->stopping > 0)
		return;
	look(gateway);
	day_start(gateway);
}

void
day_start(struct gateway *gateway)
{
	gateway->day.fire = on_look;
	if (loop_timer_set(gateway->loop, &gateway->day,
	    clock_monotonic_ms() + LOOK_MS) != OK)
		log_alarm("no timer for the end of rules");
}
