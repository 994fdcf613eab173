/* What goes wrong most, each with a page of its own in the journal's catalogue (journalctl -x;
 * systemd/meetingd.catalog has the texts). An id that was released keeps its meaning for ever. */
#ifndef MEETINGD_BASE_MESSAGE_ID_H
#define MEETINGD_BASE_MESSAGE_ID_H

#define MESSAGE_CONFIGURATION_REFUSED "23d2754df175438b9175e5ae873da936"
#define MESSAGE_FEISHU_UNAVAILABLE    "e44600643cf6442199d52b521164cb1d"
#define MESSAGE_APP_REFUSED           "9db98cf509ff488e9d12cc49a09da95f"
#define MESSAGE_PERMISSION_MISSING    "b202be3827a54614b72374b56892e54b"
#define MESSAGE_RATE_LIMITED          "0b158b0bfb51464188a7483d66fc7cd9"
#define MESSAGE_QUOTA_SPENT           "0d861d94f7c343969f6e2ab408e7e824"
#define MESSAGE_RESERVATION_UNCERTAIN "7f73d0d9111c430c8e05e100395d75de"
#define MESSAGE_RESERVATION_FAILED    "88e97bf354b8444f8d6ed3adc76ca622"
#define MESSAGE_RESERVATION_EXPIRED   "0e7ecfaaa4544999b666894c96674e2d"
#define MESSAGE_RESERVATION_GONE      "5f1d783a3fcb4e22b5aa6ef93773c39c"
#define MESSAGE_STORE_FAILING         "c6134b88b440442b9dd8248bdf2fe8ef"
#define MESSAGE_DELETIONS_HELD_BACK   "0246e8d2668b486f8aeb0ced9c6e1e0e"

#endif
