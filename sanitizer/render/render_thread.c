/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * No threads. Pango begins two for each font that it looks up and waits for
 * them (pangofc-fontmap.c of 1.50); a child of ours may not begin any, and a
 * zygote that has one forks with its locks held. So the two functions of GLib
 * that this goes through are replaced in the program: a thread is put down
 * when it is asked for, and runs when somebody waits, in the place of waiting.
 * That does for functions that come to an end by themselves; pango from 1.56
 * on has one that waits for orders, and needs something else.
 */
#include <stdlib.h>

#include <glib.h>

struct task {
	GThreadFunc	 func;
	gpointer	 data;
	struct task	*next;
};

static struct task *first, **last = &first;

GThread *
g_thread_new(const gchar *name, GThreadFunc func, gpointer data)
{
	struct task *task;

	(void)name;
	task = g_new(struct task, 1);	/* or an end, as GLib's would be */
	*task = (struct task){ func, data, NULL };
	*last = task;
	last = &task->next;
	return g_thread_ref(g_thread_self());
}

/* may return without the condition being met, as g_cond_wait may */
void
g_cond_wait(GCond *cond, GMutex *mutex)
{
	struct task *task = first;

	(void)cond;
	if (task == NULL)
		abort();	/* nobody is there to wait for */
	if ((first = task->next) == NULL)
		last = &first;
	g_mutex_unlock(mutex);
	(void)task->func(task->data);
	g_free(task);
	g_mutex_lock(mutex);
}
