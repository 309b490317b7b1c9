-- How far the log has come, and how many of its entries were erased: what is left is gapless but for
-- those. `last` is written when entries go, so that no position is given twice; until then the highest
-- entry tells.
CREATE TABLE part (
    no INTEGER PRIMARY KEY CHECK (no = 0),
    last INTEGER NOT NULL,
    erased INTEGER NOT NULL
) STRICT;
INSERT INTO part VALUES (0, 0, 0);

-- Services have a number in here: their ids are long, and stand in every row of the queue.
CREATE TABLE service (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
) STRICT;

-- `key` and `asked` are the request that opened it.
CREATE TABLE account (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    due INTEGER,
    key TEXT NOT NULL,
    asked BLOB NOT NULL
) STRICT;
CREATE INDEX account_due ON account (due) WHERE due IS NOT NULL;

-- Bodies are in tables with a rowid: without one, every kibibyte costs an overflow page.
CREATE TABLE opening (
    account INTEGER PRIMARY KEY REFERENCES account,
    version INTEGER NOT NULL,
    head BLOB NOT NULL,
    mark BLOB NOT NULL,
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE snapshot (
    account INTEGER PRIMARY KEY REFERENCES account,
    version INTEGER NOT NULL,
    head BLOB NOT NULL,
    mark BLOB NOT NULL,
    octets BLOB NOT NULL
) STRICT;

CREATE TABLE entry (
    position INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    version INTEGER NOT NULL,
    key TEXT NOT NULL,
    asked BLOB NOT NULL,
    mark BLOB NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (account, version),
    UNIQUE (account, key)
) STRICT;

-- What a service has yet to be told. No reference to the entry: that would want an index by position.
CREATE TABLE queue (
    service INTEGER NOT NULL REFERENCES service,
    position INTEGER NOT NULL,
    PRIMARY KEY (service, position)
) STRICT, WITHOUT ROWID;

-- `sum` is over the row, here and below: what is decided by must not change by a bit that has turned.
CREATE TABLE link (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account,
    service INTEGER NOT NULL REFERENCES service,
    surrogate TEXT NOT NULL,
    state INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE INDEX link_surrogate ON link (service, surrogate);
CREATE INDEX link_account ON link (account, service);

-- `link` is none for a consent under a link that is not there: it stands nowhere.
CREATE TABLE consent (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    link INTEGER,
    state INTEGER NOT NULL,
    nbf INTEGER,
    exp INTEGER,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_account ON consent (account);

CREATE TABLE linking (
    code TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    service INTEGER NOT NULL REFERENCES service
) STRICT, WITHOUT ROWID;
CREATE INDEX linking_account ON linking (account, service);
CREATE INDEX linking_service ON linking (service);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    exp INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_account ON token (account, exp);

CREATE TABLE cursor (
    reader TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE paper (
    shelf TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    account TEXT,
    octets BLOB NOT NULL,
    UNIQUE (shelf, name)
) STRICT;
CREATE INDEX paper_account ON paper (account) WHERE account IS NOT NULL;

CREATE TABLE tombstone (
    account BLOB PRIMARY KEY,
    at INTEGER NOT NULL,
    version INTEGER NOT NULL,
    head BLOB NOT NULL
) STRICT, WITHOUT ROWID;
