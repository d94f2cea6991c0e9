/** The priority of a thread: priority.c. */
#ifndef KICKBACK_PRIORITY_H
#define KICKBACK_PRIORITY_H

#include <node_api.h>

/** Adds `answerFirst` to the exports of a module. */
void add_priority(napi_env env, napi_value exports);

#endif
