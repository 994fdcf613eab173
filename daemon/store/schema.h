/* The tables, and how those of an older version become those of this one. */
#ifndef MEETINGD_STORE_SCHEMA_H
#define MEETINGD_STORE_SCHEMA_H

/* "mtgd": what marks a database as meetingd's, in the header of the file. */
#define SCHEMA_APPLICATION_ID 0x6d746764

/* PRAGMA user_version of a database that is up to date. */
#define SCHEMA_VERSION 4

/* What turns version `version` (0: an empty database) into the next one. */
const char *schema_migration(int version);

#endif
