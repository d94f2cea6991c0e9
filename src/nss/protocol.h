/**
 * Numbers of the kickback protocol, as docs/protocol.md tells it.
 * Made by src/nss/header.ts: change the table, then run `node src/nss/header.ts`.
 */
#ifndef KICKBACK_PROTOCOL_H
#define KICKBACK_PROTOCOL_H

#define KB_PROTOCOL_VERSION 1
#define KB_PROTOCOL_FRAME_HEAD 4
#define KB_PROTOCOL_REQUEST_MAX 65536
#define KB_PROTOCOL_REPLY_MAX 16777216
#define KB_OPERATION_HELLO 0
#define KB_OPERATION_LOOKUP 1
#define KB_OPERATION_ENUMERATE 2
#define KB_OPERATION_INITGROUPS 3
#define KB_OPERATION_INNETGR 4
#define KB_OPERATION_SNAPSHOT 5
#define KB_OPERATION_SUBSCRIBE 6
#define KB_OPERATION_STATUS 7
#define KB_OPERATION_RELOAD 8
#define KB_OPERATION_ALIVE 9
#define KB_OPERATION_NODES 10
#define KB_STATUS_TRYAGAIN (-2)
#define KB_STATUS_UNAVAIL (-1)
#define KB_STATUS_NOTFOUND 0
#define KB_STATUS_SUCCESS 1

#endif
