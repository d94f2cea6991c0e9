/**
 * Numbers of the kickback protocol, as docs/protocol.md tells it.
 * Made by tools/headers.ts: change the table, then run `npm run generate`.
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
#define KB_OPERATION_INNETGR 4
#define KB_OPERATION_SNAPSHOT 5
#define KB_OPERATION_SUBSCRIBE 6
#define KB_OPERATION_STATUS 7
#define KB_OPERATION_RELOAD 8
#define KB_OPERATION_ALIVE 9
#define KB_OPERATION_NODES 10
#define KB_OPERATION_JOIN 11
#define KB_OPERATION_TOKEN 12
#define KB_OPERATION_HISTORY 13
#define KB_OPERATION_DELTA 14
#define KB_OPERATION_TRUST 15
#define KB_OPERATION_ENROL 16
#define KB_OPERATION_WAIT 17
#define KB_OPERATION_KEYS 18
#define KB_OPERATION_NODE_KEYS 19
#define KB_OPERATION_HOST_KEYS 20
#define KB_OPERATION_SHADOW 21
#define KB_OPERATION_STATES 22
#define KB_STATUS_TRYAGAIN (-2)
#define KB_STATUS_UNAVAIL (-1)
#define KB_STATUS_NOTFOUND 0
#define KB_STATUS_SUCCESS 1
#define KB_FOLDER_PRIVATE "private"
#define KB_FOLDER_ADMIN "admin"
#define KB_FOLDER_SOCKET "socket"
#define KB_FIELD_ID "id"
#define KB_FIELD_OP "op"
#define KB_FIELD_STATUS "status"
#define KB_FIELD_ERROR "error"
#define KB_FIELD_MESSAGE "message"
#define KB_FIELD_DB "db"
#define KB_FIELD_KEY "key"
#define KB_FIELD_NONCE "nonce"
#define KB_FIELD_RECORD "record"
#define KB_FIELD_GENERATION "generation"
#define KB_FIELD_SIGNATURE "signature"
#define KB_ERROR_DENIED "denied"
#define KB_ERROR_OPERATION "operation"
#define KB_ERROR_REQUEST "request"
#define KB_ERROR_DATABASE "database"
#define KB_ERROR_CURSOR "cursor"
#define KB_ERROR_GENERATION "generation"
#define KB_ERROR_BUSY "busy"
#define KB_ERROR_STARTING "starting"
#define KB_ERROR_TOKEN "token"
#define KB_ERROR_RELOAD "reload"
#define KB_ERROR_INCOMPLETE "incomplete"
#define KB_ERROR_REVOKED "revoked"
#define KB_ERROR_PENDING "pending"
#define KB_ERROR_TOOLARGE "toolarge"
#define KB_ERROR_INTERNAL "internal"
/** The frame of a HELLO with the id 0, as the bytes of an array. */
#define KB_HELLO_FRAME {0x00, 0x00, 0x00, 0x14, 0x83, 0xa2, 0x69, 0x64, 0x00, 0xa2, 0x6f, 0x70, 0x00, 0xa8, 0x76, 0x65, 0x72, 0x73, 0x69, 0x6f, 0x6e, 0x73, 0x91, 0x01}

#endif
