"""Fills a store that a daemon has made with a past that nobody has seen."""
import os
import sqlite3

DAY = 86400


def connect(path):
    database = sqlite3.connect(path)
    database.execute("PRAGMA foreign_keys = ON")
    # Made anew whenever somebody wants it.
    database.execute("PRAGMA synchronous = OFF")
    return database


def add_reservations(database, rows):
    """Rows of (key, name, start_time, end_time, reserve_id, state)."""
    database.executemany(
        "INSERT INTO reservations (key, name, occurrence, app, adopted, start_time, end_time, expire_time, reserve_id, state,"
        " meeting_settings_topic, meeting_settings_action_permissions_set, meeting_settings_meeting_initial_type,"
        " meeting_settings_assign_host_list_set, attempts, repeated)"
        " VALUES (?1, ?2, ?1, 'default', 0, ?3, ?4, ?4 + 3600, ?5, ?6, 'Topic', 0, 1, 0, 0, 0)", rows)


def add_meetings(database, rows):
    """Rows of (place, id, reservation, reserve_id, name, start_time, end_time, peak)."""
    database.executemany(
        "INSERT INTO meetings (place, id, app, reservation, reserve_id, name, occurrence, topic, meeting_no, create_time,"
        " start_time, end_time, host_user_id, host_user_type, status, participant_count, participant_count_accumulated,"
        " participants_known, in_meeting, peak, observed_at, looked_at)"
        " VALUES (?1, ?2, 'default', ?3, ?4, ?5, ?3, 'Topic', '112000358', ?6, ?6, ?7, 'ou_host', 1, 3, ?8, ?8, 1, 0, ?8,"
        " ?7 * 1000, ?7)", rows)


    # A reservation knows its meetings.
    database.executemany(
        "INSERT INTO reservation_lists (reservation, list, position, item)"
        " SELECT place, 'meetings', 0, ?1 FROM reservations WHERE key = ?2", [(row[1], row[2]) for row in rows])


def add_attendance(database, rows):
    """Rows of (meeting's place, position, id, joined, left)."""
    rows = list(rows)
    for table in ("attendees", "participants"):
        database.executemany(
            f"INSERT INTO {table} (meeting, position, id, user_type, is_host, is_cohost, is_external, first_join_time,"
            " final_leave_time, in_meeting_duration) VALUES (?1, ?2, ?3, 1, ?2 = 0, 0, 0, ?4, ?5, ?5 - ?4)", rows)
    database.execute("UPDATE attendees SET devices = 0 WHERE devices IS NULL")
    database.executemany(
        "INSERT INTO stays (meeting, attendee, position, joined_after, joined, \"left\", left_before)"
        " VALUES (?1, ?2, 0, ?4, ?4, ?5, ?5)", rows)


def fill(path, days, plans, people, until):
    """Each plan has met once a day, for an hour, for so many days before `until` (Unix seconds)."""
    database = connect(path)
    place = 0
    for day in range(days):
        reservations, meetings, attendance = [], [], []
        for number, plan in enumerate(plans):
            start = until - (days - day) * DAY + number * 60
            place += 1
            key = f"{plan}@{day:05}"
            reservations.append((key, plan, start, start + 3600, f"6{place:018}", "ended"))
            meetings.append((place, f"7{place:018}", key, f"6{place:018}", plan, start, start + 3600, people))
            attendance += [(place, person, f"ou_{person:04}", start + person, start + 3600 - person * 30)
                           for person in range(people)]
        add_reservations(database, reservations)
        add_meetings(database, meetings)
        add_attendance(database, attendance)
        if day % 20 == 19:
            database.commit()
    database.commit()
    database.close()
    return place


def sizes(path):
    return {ending: os.path.getsize(path + ending) if os.path.exists(path + ending) else 0 for ending in ("", "-wal")}
