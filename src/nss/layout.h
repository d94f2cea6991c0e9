/**
 * The layout of a snapshot, as docs/snapshot.md tells it.
 * Made by tools/headers.ts: change the table, then run `npm run generate`.
 */
#ifndef KICKBACK_LAYOUT_H
#define KICKBACK_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define KB_MAGIC "kickback"
#define KB_FILE_PUBLIC "snapshot.1"
#define KB_FILE_SHADOW "shadow.1"
#define KB_LAYOUT_VERSION 2
#define KB_LAYOUT_ALIGNMENT 8
#define KB_LAYOUT_SECTIONS_MAX 256
#define KB_LAYOUT_PLAIN_WIDTH 255
#define KB_HOST_NAME_LENGTH_MAX 255
#define KB_HOST_NO_NODE (-1)
#define KB_WILDCARD 0xffffffffu
#define KB_KIND_PUBLIC 1
#define KB_KIND_SHADOW 2
#define KB_STATE_CURRENT 0
#define KB_STATE_SUPERSEDED 1
#define KB_STATE_EMPTIED 2
#define KB_STATE_MASK 255
#define KB_STATE_SHADOW_GRANTED 256
#define KB_FAMILY_INET 2
#define KB_FAMILY_INET6 10
#define KB_HOST_KIND_MASTER 1
#define KB_HOST_KIND_HOST 2
#define KB_HOST_KIND_NODE 3
#define KB_HOST_KIND_COMPANION 4
#define KB_HOST_KIND_UNAPPROVED 5
#define KB_HOST_FLAG_UNLISTED 1
#define KB_HOST_FLAG_SPLIT 2
#define KB_SECTION_COMPLETE 1
#define KB_FLOOR_LEAST 100
#define KB_DATABASE_PASSWD 4
#define KB_DATABASE_GROUP 5
#define KB_DATABASE_INITGROUPS 6
#define KB_DATABASE_HOSTS 7
#define KB_DATABASE_ETHERS 8
#define KB_DATABASE_NETGROUP 9
#define KB_DATABASE_SHADOW 10
#define KB_DATABASE_NETWORKS 11
#define KB_DATABASE_NAMES {[KB_DATABASE_PASSWD] = "passwd", [KB_DATABASE_GROUP] = "group", [KB_DATABASE_INITGROUPS] = "initgroups", [KB_DATABASE_HOSTS] = "hosts", [KB_DATABASE_ETHERS] = "ethers", [KB_DATABASE_NETGROUP] = "netgroup", [KB_DATABASE_SHADOW] = "shadow", [KB_DATABASE_NETWORKS] = "networks"}
#define KB_DATABASE_NAME_LENGTH_MAX 10
#define KB_SECTION_INPUTS 1
#define KB_SECTION_DOMAIN 2
#define KB_SECTION_PATTERNS 3
#define KB_SECTION_RANGES 4
#define KB_SECTION_MASTERORDER 5
#define KB_SECTION_SETTINGS 6
#define KB_SECTION_PASSWD 16
#define KB_SECTION_PASSWD_BY_NAME 17
#define KB_SECTION_PASSWD_BY_ID 18
#define KB_SECTION_GROUP 20
#define KB_SECTION_GROUP_BY_NAME 21
#define KB_SECTION_GROUP_BY_ID 22
#define KB_SECTION_INITGROUPS 24
#define KB_SECTION_INITGROUPS_BY_NAME 25
#define KB_SECTION_HOSTS 28
#define KB_SECTION_HOSTS_BY_NAME 29
#define KB_SECTION_HOSTS_BY_ADDRESS 30
#define KB_SECTION_ETHERS 32
#define KB_SECTION_ETHERS_BY_NAME 33
#define KB_SECTION_ETHERS_BY_MAC 34
#define KB_SECTION_NETGROUP 36
#define KB_SECTION_NETGROUP_BY_NAME 37
#define KB_SECTION_SHADOW 40
#define KB_SECTION_SHADOW_BY_NAME 41
#define KB_SECTION_NETWORKS 44
#define KB_SECTION_NETWORKS_BY_NAME 45
#define KB_SECTION_NETWORKS_BY_ID 46
/** One more than the greatest id of a section. */
#define KB_SECTION_IDS 47
#define KB_SPELLINGS_MASTER {"master", ".-1", "n-1"}
#define KB_SPELLINGS_SELF {"self", ".-2", "n-2"}

/**
 * The first bytes of the file. Digested: bytes 0..39. Signed: bytes 0..95. Each machine sets bytes 160..191 itself.
 * Then: The section table.
 */
struct kb_header {
    /** the letters "kickback" */
    uint8_t magic[8];
    /** the major layout, 2 */
    uint32_t layout;
    /** where the section table starts, 192 */
    uint32_t header_size;
    /** the length of the whole snapshot in bytes, a multiple of 8 */
    uint64_t size;
    /** what it holds: 1 public databases, 2 shadow */
    uint32_t kind;
    /** how many entries the section table has */
    uint32_t section_count;
    /** 0; a reader ignores bits that it does not know */
    uint32_t flags;
    /** 0; ignored */
    uint32_t reserved;
    /** SHA-256 of bytes 0..39 and the section table */
    uint8_t digest[32];
    /** the number of this generation, which grows */
    uint64_t generation;
    /** when the newest input was changed, in seconds since 1970; 0: not known */
    uint64_t content_time;
    /** the number of the last generation that was forced; 0: none was */
    uint64_t forced_at;
    /** Ed25519, zeros where unsigned */
    uint8_t signature[64];
    /** the state word */
    uint32_t state;
    /** this machine does not give lower uids; 0: the least floor */
    uint32_t uid_floor;
    /** this machine does not give lower gids; 0: the least floor */
    uint32_t gid_floor;
    /** how many lower uids are exceptions: they are behind the snapshot */
    uint32_t uid_exceptions;
    /** how many lower gids are exceptions: they are behind those uids */
    uint32_t gid_exceptions;
    /** how many bytes are behind these gids, for later releases; ignored as they are */
    uint32_t rest;
    /** 0; ignored */
    uint8_t padding[8];
};
_Static_assert(sizeof(struct kb_header) == 192, "header");
_Static_assert(offsetof(struct kb_header, magic) == 0, "header.magic");
_Static_assert(offsetof(struct kb_header, layout) == 8, "header.layout");
_Static_assert(offsetof(struct kb_header, header_size) == 12, "header.header_size");
_Static_assert(offsetof(struct kb_header, size) == 16, "header.size");
_Static_assert(offsetof(struct kb_header, kind) == 24, "header.kind");
_Static_assert(offsetof(struct kb_header, section_count) == 28, "header.section_count");
_Static_assert(offsetof(struct kb_header, flags) == 32, "header.flags");
_Static_assert(offsetof(struct kb_header, reserved) == 36, "header.reserved");
_Static_assert(offsetof(struct kb_header, digest) == 40, "header.digest");
_Static_assert(offsetof(struct kb_header, generation) == 72, "header.generation");
_Static_assert(offsetof(struct kb_header, content_time) == 80, "header.content_time");
_Static_assert(offsetof(struct kb_header, forced_at) == 88, "header.forced_at");
_Static_assert(offsetof(struct kb_header, signature) == 96, "header.signature");
_Static_assert(offsetof(struct kb_header, state) == 160, "header.state");
_Static_assert(offsetof(struct kb_header, uid_floor) == 164, "header.uid_floor");
_Static_assert(offsetof(struct kb_header, gid_floor) == 168, "header.gid_floor");
_Static_assert(offsetof(struct kb_header, uid_exceptions) == 172, "header.uid_exceptions");
_Static_assert(offsetof(struct kb_header, gid_exceptions) == 176, "header.gid_exceptions");
_Static_assert(offsetof(struct kb_header, rest) == 180, "header.rest");
_Static_assert(offsetof(struct kb_header, padding) == 184, "header.padding");

/**
 * One entry of the section table.
 */
struct kb_section {
    /** which section */
    uint32_t id;
    /** bit 0: complete, there are no other entries; bit 1: some host name has a dot of its own */
    uint32_t flags;
    /** where it starts in the file, a multiple of 8 */
    uint64_t offset;
    /** its length in bytes; an index has a power of two of slots */
    uint64_t size;
    /** how many records it holds, or how many keys it indexes */
    uint64_t count;
    /** SHA-256 of its bytes and of the zeros up to the next multiple of 8 */
    uint8_t digest[32];
};
_Static_assert(sizeof(struct kb_section) == 64, "section");
_Static_assert(offsetof(struct kb_section, id) == 0, "section.id");
_Static_assert(offsetof(struct kb_section, flags) == 4, "section.flags");
_Static_assert(offsetof(struct kb_section, offset) == 8, "section.offset");
_Static_assert(offsetof(struct kb_section, size) == 16, "section.size");
_Static_assert(offsetof(struct kb_section, count) == 24, "section.count");
_Static_assert(offsetof(struct kb_section, digest) == 32, "section.digest");

/**
 * One slot of an index.
 */
struct kb_slot {
    /** the hash of the key */
    uint32_t hash;
    /** the record's offset in its section divided by 8, plus 1; 0 is an empty slot */
    uint32_t record;
};
_Static_assert(sizeof(struct kb_slot) == 8, "slot");
_Static_assert(offsetof(struct kb_slot, hash) == 0, "slot.hash");
_Static_assert(offsetof(struct kb_slot, record) == 4, "slot.record");

/**
 * An IP address.
 */
struct kb_address {
    /** 2 or 10 (AF_INET, AF_INET6) */
    uint16_t family;
    /** 0 */
    uint16_t reserved;
    /** network order; four bytes and twelve zeros for AF_INET */
    uint8_t bytes[16];
};
_Static_assert(sizeof(struct kb_address) == 20, "address");
_Static_assert(offsetof(struct kb_address, family) == 0, "address.family");
_Static_assert(offsetof(struct kb_address, reserved) == 2, "address.reserved");
_Static_assert(offsetof(struct kb_address, bytes) == 4, "address.bytes");

/**
 * A user. The name is the first string.
 * Then: The strings: name, passwd, gecos, dir, shell.
 */
struct kb_passwd {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** pw_uid */
    uint32_t uid;
    /** pw_gid */
    uint32_t gid;
    /** bytes of all strings, final NUL included */
    uint16_t strings_size;
    /** where pw_passwd starts among the strings; always "*", see the state word */
    uint16_t passwd;
    /** where pw_gecos starts */
    uint16_t gecos;
    /** where pw_dir starts */
    uint16_t dir;
    /** where pw_shell starts */
    uint16_t shell;
    /** 0 */
    uint16_t reserved;
};
_Static_assert(sizeof(struct kb_passwd) == 24, "passwd");
_Static_assert(offsetof(struct kb_passwd, size) == 0, "passwd.size");
_Static_assert(offsetof(struct kb_passwd, uid) == 4, "passwd.uid");
_Static_assert(offsetof(struct kb_passwd, gid) == 8, "passwd.gid");
_Static_assert(offsetof(struct kb_passwd, strings_size) == 12, "passwd.strings_size");
_Static_assert(offsetof(struct kb_passwd, passwd) == 14, "passwd.passwd");
_Static_assert(offsetof(struct kb_passwd, gecos) == 16, "passwd.gecos");
_Static_assert(offsetof(struct kb_passwd, dir) == 18, "passwd.dir");
_Static_assert(offsetof(struct kb_passwd, shell) == 20, "passwd.shell");
_Static_assert(offsetof(struct kb_passwd, reserved) == 22, "passwd.reserved");

/**
 * A group. The name is the first string.
 * Then: member_count offsets (u32) of members, then the strings: name, passwd, members.
 */
struct kb_group {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** gr_gid */
    uint32_t gid;
    /** how many members */
    uint32_t member_count;
    /** where gr_passwd starts among the strings; always "*" */
    uint32_t passwd;
    /** bytes of all strings, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_group) == 20, "group");
_Static_assert(offsetof(struct kb_group, size) == 0, "group.size");
_Static_assert(offsetof(struct kb_group, gid) == 4, "group.gid");
_Static_assert(offsetof(struct kb_group, member_count) == 8, "group.member_count");
_Static_assert(offsetof(struct kb_group, passwd) == 12, "group.passwd");
_Static_assert(offsetof(struct kb_group, strings_size) == 16, "group.strings_size");

/**
 * The groups that name a user as member, in the order of the group file, each once.
 * Then: gid_count gids (u32), then the user's name.
 */
struct kb_initgroups {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** how many gids */
    uint32_t gid_count;
    /** bytes of the name, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_initgroups) == 12, "initgroups");
_Static_assert(offsetof(struct kb_initgroups, size) == 0, "initgroups.size");
_Static_assert(offsetof(struct kb_initgroups, gid_count) == 4, "initgroups.gid_count");
_Static_assert(offsetof(struct kb_initgroups, strings_size) == 8, "initgroups.strings_size");

/**
 * A machine. The canonical name is the first string.
 * Then: address_count addresses, name_count offsets (u32) of names, then the strings.
 */
struct kb_host {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** the node that it is or belongs to, else -1 */
    int32_t number;
    /** 1 master, 2 host, 3 node, 4 companion, 5 a node that is not approved; another one is treated as 2 */
    uint8_t kind;
    /** bit 0: a listing leaves it out; bit 1: each of its names that has a MAC stands in ethers itself */
    uint8_t flags;
    /** how many addresses */
    uint16_t address_count;
    /** how many names, the canonical one included */
    uint16_t name_count;
    /** 0 */
    uint16_t reserved2;
    /** bytes of all strings, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_host) == 20, "host");
_Static_assert(offsetof(struct kb_host, size) == 0, "host.size");
_Static_assert(offsetof(struct kb_host, number) == 4, "host.number");
_Static_assert(offsetof(struct kb_host, kind) == 8, "host.kind");
_Static_assert(offsetof(struct kb_host, flags) == 9, "host.flags");
_Static_assert(offsetof(struct kb_host, address_count) == 10, "host.address_count");
_Static_assert(offsetof(struct kb_host, name_count) == 12, "host.name_count");
_Static_assert(offsetof(struct kb_host, reserved2) == 14, "host.reserved2");
_Static_assert(offsetof(struct kb_host, strings_size) == 16, "host.strings_size");

/**
 * A MAC and the canonical name of its machine.
 * Then: The name.
 */
struct kb_ether {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** the six bytes */
    uint8_t mac[6];
    /** bytes of the name, final NUL included */
    uint16_t strings_size;
};
_Static_assert(sizeof(struct kb_ether) == 12, "ether");
_Static_assert(offsetof(struct kb_ether, size) == 0, "ether.size");
_Static_assert(offsetof(struct kb_ether, mac) == 4, "ether.mac");
_Static_assert(offsetof(struct kb_ether, strings_size) == 10, "ether.strings_size");

/**
 * A netgroup. Its name is the first string. Nested netgroups are already expanded.
 * Then: triple_count times three offsets (u32; host, user, domain; 0xffffffff is a wildcard), then the strings.
 */
struct kb_netgroup {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** how many triples */
    uint32_t triple_count;
    /** bytes of all strings, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_netgroup) == 12, "netgroup");
_Static_assert(offsetof(struct kb_netgroup, size) == 0, "netgroup.size");
_Static_assert(offsetof(struct kb_netgroup, triple_count) == 4, "netgroup.triple_count");
_Static_assert(offsetof(struct kb_netgroup, strings_size) == 8, "netgroup.strings_size");

/**
 * A shadow entry. The name is the first string. Numbers that the file leaves empty are -1, the flag 0xffffffff.
 * Then: The strings: name, passwd.
 */
struct kb_shadow {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** sp_lstchg, days since 1970 */
    int32_t last_change;
    /** sp_min */
    int32_t min;
    /** sp_max */
    int32_t max;
    /** sp_warn */
    int32_t warn;
    /** sp_inact */
    int32_t inactive;
    /** sp_expire */
    int32_t expire;
    /** sp_flag */
    uint32_t flag;
    /** bytes of all strings, final NUL included */
    uint16_t strings_size;
    /** where sp_pwdp starts among the strings */
    uint16_t passwd;
};
_Static_assert(sizeof(struct kb_shadow) == 36, "shadow");
_Static_assert(offsetof(struct kb_shadow, size) == 0, "shadow.size");
_Static_assert(offsetof(struct kb_shadow, last_change) == 4, "shadow.last_change");
_Static_assert(offsetof(struct kb_shadow, min) == 8, "shadow.min");
_Static_assert(offsetof(struct kb_shadow, max) == 12, "shadow.max");
_Static_assert(offsetof(struct kb_shadow, warn) == 16, "shadow.warn");
_Static_assert(offsetof(struct kb_shadow, inactive) == 20, "shadow.inactive");
_Static_assert(offsetof(struct kb_shadow, expire) == 24, "shadow.expire");
_Static_assert(offsetof(struct kb_shadow, flag) == 28, "shadow.flag");
_Static_assert(offsetof(struct kb_shadow, strings_size) == 32, "shadow.strings_size");
_Static_assert(offsetof(struct kb_shadow, passwd) == 34, "shadow.passwd");

/**
 * A network. The official name is the first string.
 * Then: name_count offsets (u32) of names, then the strings.
 */
struct kb_network {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** n_net: the first octet of the network is the highest byte */
    uint32_t number;
    /** how many names, the official one included */
    uint32_t name_count;
    /** bytes of all strings, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_network) == 16, "network");
_Static_assert(offsetof(struct kb_network, size) == 0, "network.size");
_Static_assert(offsetof(struct kb_network, number) == 4, "network.number");
_Static_assert(offsetof(struct kb_network, name_count) == 8, "network.name_count");
_Static_assert(offsetof(struct kb_network, strings_size) == 12, "network.strings_size");

/**
 * A pattern of computed spellings.
 * Then: The strings.
 */
struct kb_pattern {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** the kind that the host record must have: 3 node, 4 companion; a pattern of another one is not used */
    uint8_t kind;
    /** the least number of digits in the stored name; 255: it has no number */
    uint8_t target_width;
    /** bytes of all strings, final NUL included */
    uint16_t strings_size;
    /** where the prefix starts among the strings */
    uint16_t prefix;
    /** where the suffix starts */
    uint16_t suffix;
    /** where the stored name's prefix starts */
    uint16_t target_prefix;
    /** where the stored name's suffix starts */
    uint16_t target_suffix;
    /** how much greater the number in the stored name is than N */
    int32_t target_shift;
    /** how much greater the number of the record is than N */
    int32_t number_shift;
};
_Static_assert(sizeof(struct kb_pattern) == 24, "pattern");
_Static_assert(offsetof(struct kb_pattern, size) == 0, "pattern.size");
_Static_assert(offsetof(struct kb_pattern, kind) == 4, "pattern.kind");
_Static_assert(offsetof(struct kb_pattern, target_width) == 5, "pattern.target_width");
_Static_assert(offsetof(struct kb_pattern, strings_size) == 6, "pattern.strings_size");
_Static_assert(offsetof(struct kb_pattern, prefix) == 8, "pattern.prefix");
_Static_assert(offsetof(struct kb_pattern, suffix) == 10, "pattern.suffix");
_Static_assert(offsetof(struct kb_pattern, target_prefix) == 12, "pattern.target_prefix");
_Static_assert(offsetof(struct kb_pattern, target_suffix) == 14, "pattern.target_suffix");
_Static_assert(offsetof(struct kb_pattern, target_shift) == 16, "pattern.target_shift");
_Static_assert(offsetof(struct kb_pattern, number_shift) == 20, "pattern.number_shift");

/**
 * An inclusive range of addresses.
 * Then: The name, empty where it has none.
 */
struct kb_range {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** 1 nodes, 2 hosts, 3 masters, 4 companions; a range of another one is not used */
    uint8_t kind;
    /** 0 */
    uint8_t reserved;
    /** 2 or 10 */
    uint16_t family;
    /** the first address, as in an address */
    uint8_t first[16];
    /** the last address */
    uint8_t last[16];
    /** bytes of the name, final NUL included */
    uint32_t strings_size;
};
_Static_assert(sizeof(struct kb_range) == 44, "range");
_Static_assert(offsetof(struct kb_range, size) == 0, "range.size");
_Static_assert(offsetof(struct kb_range, kind) == 4, "range.kind");
_Static_assert(offsetof(struct kb_range, reserved) == 5, "range.reserved");
_Static_assert(offsetof(struct kb_range, family) == 6, "range.family");
_Static_assert(offsetof(struct kb_range, first) == 8, "range.first");
_Static_assert(offsetof(struct kb_range, last) == 24, "range.last");
_Static_assert(offsetof(struct kb_range, strings_size) == 40, "range.strings_size");

/**
 * The masters of a set of nodes, in order.
 * Then: range_count times first and last node (i32, inclusive), then the addresses.
 */
struct kb_masters {
    /** the length of the whole record, a multiple of 8 */
    uint32_t size;
    /** how many ranges of nodes */
    uint16_t range_count;
    /** how many masters */
    uint16_t address_count;
};
_Static_assert(sizeof(struct kb_masters) == 8, "masters");
_Static_assert(offsetof(struct kb_masters, size) == 0, "masters.size");
_Static_assert(offsetof(struct kb_masters, range_count) == 4, "masters.range_count");
_Static_assert(offsetof(struct kb_masters, address_count) == 6, "masters.address_count");


#endif
