/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linked with --wrap=sysconf: a machine that has but one processor. */
#include <unistd.h>

long __real_sysconf(int name);
long __wrap_sysconf(int name);

long
__wrap_sysconf(int name)
{
	return name == _SC_NPROCESSORS_ONLN ? 1 : __real_sysconf(name);
}
