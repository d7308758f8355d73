"""Define the tables of the history, one step for each version of the file.

A step is never changed once it was released: a new version is a new step. Times are ISO 8601 in UTC. Codes are stored,
texts are not: words may change, a row does not. No picture and no landmark is stored here.
"""

from __future__ import annotations

from typing import Final

_VERSION_1: Final = """
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 80),
    created_utc TEXT NOT NULL,
    passcode TEXT
) STRICT;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
    begun_utc TEXT NOT NULL,
    ended_utc TEXT,
    routine_id TEXT
) STRICT;
CREATE INDEX sessions_of_person ON sessions(person_id, begun_utc);
CREATE TABLE sets (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    begun_utc TEXT NOT NULL,
    movement_id TEXT NOT NULL,
    movement_version INTEGER NOT NULL,
    side TEXT CHECK (side IN ('left', 'right', 'both')),
    verdict TEXT NOT NULL,
    why_code TEXT,
    why_about TEXT NOT NULL DEFAULT '',
    duration_s REAL NOT NULL CHECK (duration_s >= 0),
    held_s REAL CHECK (held_s >= 0),
    valid_s REAL CHECK (valid_s >= 0),
    hold_target_s REAL,
    repetitions INTEGER CHECK (repetitions >= 0),
    repetitions_target INTEGER,
    formcheck_version TEXT NOT NULL,
    recording TEXT
) STRICT;
CREATE INDEX sets_of_session ON sets(session_id);
CREATE TABLE repetitions (
    set_id INTEGER NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    side TEXT CHECK (side IN ('left', 'right')),
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    PRIMARY KEY (set_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE holds (
    set_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    held_s REAL NOT NULL CHECK (held_s >= 0),
    valid_s REAL CHECK (valid_s >= 0),
    PRIMARY KEY (set_id, number),
    FOREIGN KEY (set_id, number) REFERENCES repetitions(set_id, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE faults (
    id INTEGER PRIMARY KEY,
    set_id INTEGER NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
    fault_id TEXT NOT NULL,
    severity TEXT NOT NULL,
    repetition INTEGER,
    side TEXT CHECK (side IN ('left', 'right')),
    from_s REAL NOT NULL,
    to_s REAL NOT NULL,
    value REAL,
    unit TEXT NOT NULL,
    limit_value REAL NOT NULL,
    uncertainty REAL
) STRICT;
CREATE INDEX faults_of_set ON faults(set_id);
CREATE TABLE set_values (
    set_id INTEGER NOT NULL REFERENCES sets(id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    unit TEXT NOT NULL,
    in_hold_median REAL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    uncertainty REAL NOT NULL CHECK (uncertainty >= 0),
    PRIMARY KEY (set_id, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE reports (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
    session_id INTEGER REFERENCES sessions(id) ON DELETE CASCADE,
    at_utc TEXT NOT NULL,
    question TEXT NOT NULL,
    movement_id TEXT,
    number REAL,
    code TEXT,
    CHECK (number IS NOT NULL OR code IS NOT NULL)
) STRICT;
CREATE INDEX reports_of_person ON reports(person_id, question, at_utc);
CREATE TABLE trials (
    id INTEGER PRIMARY KEY,
    session_id INTEGER NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    test_id TEXT NOT NULL,
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')),
    side TEXT CHECK (side IN ('left', 'right')),
    number INTEGER NOT NULL CHECK (number >= 1),
    value REAL,
    unit TEXT NOT NULL,
    uncertainty REAL CHECK (uncertainty >= 0)
) STRICT;
CREATE UNIQUE INDEX one_trial ON trials(session_id, test_id, moment, ifnull(side, ''), number);
CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES people(id) ON DELETE CASCADE,
    at_utc TEXT NOT NULL,
    what TEXT NOT NULL,
    given INTEGER NOT NULL CHECK (given IN (0, 1))
) STRICT;
"""

_VERSION_2: Final = """
ALTER TABLE people ADD COLUMN key TEXT NOT NULL DEFAULT '' CHECK (length(key) <= 16);
UPDATE people SET key = CASE WHEN name = 'Me' THEN 'me' ELSE lower(hex(randomblob(8))) END;
CREATE UNIQUE INDEX people_key ON people(key);
"""
"""A key names a person in cookies and folders. Unlike an id, it is never given to another person."""

_VERSION_3: Final = """
ALTER TABLE sets ADD COLUMN key TEXT CHECK (length(key) = 16);
CREATE INDEX sets_key ON sets(key);
"""
"""A key names a set. One that went on after a lost session is stored again, whole, in the place of its part."""

STEPS: Final[tuple[str, ...]] = (_VERSION_1, _VERSION_2, _VERSION_3)
"""SQL that leads from each version to the next; an empty file has version 0."""

NEWEST: Final = len(STEPS)

TABLES: Final = (
    "people", "sessions", "sets", "repetitions", "holds", "faults", "set_values", "reports", "trials", "consents",
)  # fmt: skip
"""All tables; what one row refers to stands before it."""
