-- The first schema. What is told apart by accounts stands in `mydata.tables` tables each, by the
-- partition number p of the account; what is found by an id of its own, in as many by the hash of that
-- id. Ids compare as octets: COLLATE "C" everywhere.

-- One row: what is fixed when the store is made.
CREATE TABLE store (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    partitions integer NOT NULL CHECK (partitions BETWEEN 1 AND 65535),
    tables integer NOT NULL CHECK (tables BETWEEN 1 AND partitions)
);

-- The last position of each partition: whoever appends holds its row until the commit, so that
-- positions are gapless and in the order of the commits. Few rows a page, so that they stay in place.
CREATE TABLE part (
    p integer PRIMARY KEY,
    pos bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 10);

CREATE TABLE account (
    p integer NOT NULL,
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    due bigint,
    opened_key text COLLATE "C" NOT NULL,
    opened_digest bytea NOT NULL,
    PRIMARY KEY (id, p)
) PARTITION BY LIST (p);
CREATE INDEX ON account (due) WHERE due IS NOT NULL;

CREATE TABLE opening (
    p integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    head bytea NOT NULL,
    octets bytea NOT NULL,
    mark bytea NOT NULL,
    PRIMARY KEY (account, p)
) PARTITION BY LIST (p);

-- The newest only.
CREATE TABLE snapshot (
    p integer NOT NULL,
    account text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    head bytea NOT NULL,
    octets bytea NOT NULL,
    mark bytea NOT NULL,
    PRIMARY KEY (account, p)
) PARTITION BY LIST (p);

CREATE TABLE entry (
    p integer NOT NULL,
    pos bigint NOT NULL,
    account text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    mark bytea NOT NULL,
    PRIMARY KEY (p, pos),
    UNIQUE (account, version, p),
    UNIQUE (account, key, p)
) PARTITION BY LIST (p);

-- What has not been delivered.
CREATE TABLE queue (
    p integer NOT NULL,
    service text COLLATE "C" NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (p, service, pos)
) PARTITION BY LIST (p);

CREATE TABLE link (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL,
    surrogate text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL
) PARTITION BY HASH (id);
CREATE INDEX ON link (account);
CREATE INDEX ON link (service, account);

CREATE TABLE surrogate (
    service text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    PRIMARY KEY (id, service)
) PARTITION BY HASH (id);
CREATE INDEX ON surrogate (account);

CREATE TABLE consent (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    link text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    nbf bigint,
    exp bigint
) PARTITION BY HASH (id);
CREATE INDEX ON consent (account);

CREATE TABLE token (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    exp bigint NOT NULL
) PARTITION BY HASH (id);
CREATE INDEX ON token (account);

-- Linkings last minutes: there are never many.
CREATE TABLE linking (
    id text COLLATE "C" PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    service text COLLATE "C" NOT NULL
);
CREATE INDEX ON linking (account);
CREATE INDEX ON linking (service, account);

CREATE TABLE cursor (
    p integer NOT NULL,
    reader text COLLATE "C" NOT NULL,
    pos bigint NOT NULL,
    PRIMARY KEY (p, reader)
);

CREATE TABLE paper (
    shelf text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    revision bigint NOT NULL,
    account text COLLATE "C",
    octets bytea NOT NULL,
    PRIMARY KEY (shelf, name)
);
CREATE INDEX ON paper (account) WHERE account IS NOT NULL;

CREATE TABLE tombstone (
    account bytea PRIMARY KEY,
    at bigint NOT NULL,
    version bigint NOT NULL,
    head bytea NOT NULL
);

DO $$
DECLARE
    partitions integer := current_setting('mydata.partitions');
    tables integer := current_setting('mydata.tables');
    name text;
BEGIN
    INSERT INTO store (partitions, tables) VALUES (partitions, tables);
    INSERT INTO part (p) SELECT * FROM generate_series(0, partitions - 1);
    FOR t IN 0 .. tables - 1 LOOP
        -- p is a hash already: dealt out in turn, every table has as many of them.
        FOREACH name IN ARRAY ARRAY['account', 'opening', 'snapshot', 'entry', 'queue'] LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES IN (%s)', name || '_' || t, name,
                (SELECT string_agg(p::text, ', ') FROM generate_series(t, partitions - 1, tables) AS p));
        END LOOP;
        -- A version is counted up in place.
        EXECUTE format('ALTER TABLE %I SET (fillfactor = 80)', 'account_' || t);
        FOREACH name IN ARRAY ARRAY['link', 'surrogate', 'consent', 'token'] LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s)',
                name || '_' || t, name, tables, t);
        END LOOP;
    END LOOP;
END $$;

-- What is looked up, as far as a decision changes it. Each array of ids comes without repetitions, and
-- rows are locked table after table in the order of their ids: two that want the same wait for each
-- other in one order. MD001: an id is another account's; all of it is undone.
CREATE FUNCTION set_index(
    in_account text, in_at bigint,
    linkings_over text[], linkings text[], linking_services text[],
    links text[], link_services text[], link_surrogates text[], link_states text[],
    consents text[], consent_links text[], consent_states text[], consent_nbf bigint[], consent_exp bigint[],
    tokens text[], token_exp bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
    lacking bigint := 0;
BEGIN
    IF cardinality(linkings_over) > 0 THEN
        DELETE FROM linking l WHERE l.id = ANY (linkings_over) AND l.account = in_account;
        IF EXISTS (SELECT FROM linking l WHERE l.id = ANY (linkings_over)) THEN
            RAISE EXCEPTION SQLSTATE 'MD001' USING MESSAGE = 'id taken';
        END IF;
    END IF;
    IF cardinality(linkings) > 0 THEN
        INSERT INTO linking AS t (id, account, service)
            SELECT r.id, in_account, r.service FROM unnest(linkings, linking_services) AS r (id, service)
            ORDER BY r.id COLLATE "C"
            ON CONFLICT (id) DO UPDATE SET service = excluded.service WHERE t.account = excluded.account;
        GET DIAGNOSTICS written = ROW_COUNT;
        lacking := lacking - written + cardinality(linkings);
    END IF;
    IF cardinality(links) > 0 THEN
        INSERT INTO link AS t (id, account, service, surrogate, state)
            SELECT r.id, in_account, r.service, r.surrogate, r.state
            FROM unnest(links, link_services, link_surrogates, link_states) AS r (id, service, surrogate, state)
            ORDER BY r.id COLLATE "C"
            ON CONFLICT (id) DO UPDATE
            SET service = excluded.service, surrogate = excluded.surrogate, state = excluded.state
            WHERE t.account = excluded.account;
        GET DIAGNOSTICS written = ROW_COUNT;
        lacking := lacking - written + cardinality(links);
        INSERT INTO surrogate AS t (service, id, account)
            SELECT DISTINCT r.service COLLATE "C", r.id COLLATE "C", in_account
            FROM unnest(link_services, link_surrogates) AS r (service, id)
            ORDER BY r.id COLLATE "C", r.service COLLATE "C"
            ON CONFLICT (id, service) DO UPDATE SET account = excluded.account
            WHERE t.account = excluded.account;
        GET DIAGNOSTICS written = ROW_COUNT;
        lacking := lacking - written + (
            SELECT count(DISTINCT (r.service, r.id)) FROM unnest(link_services, link_surrogates) AS r (service, id)
        );
    END IF;
    IF cardinality(consents) > 0 THEN
        INSERT INTO consent AS t (id, account, link, state, nbf, exp)
            SELECT r.id, in_account, r.link, r.state, r.nbf, r.exp
            FROM unnest(consents, consent_links, consent_states, consent_nbf, consent_exp)
                AS r (id, link, state, nbf, exp)
            ORDER BY r.id COLLATE "C"
            ON CONFLICT (id) DO UPDATE
            SET link = excluded.link, state = excluded.state, nbf = excluded.nbf, exp = excluded.exp
            WHERE t.account = excluded.account;
        GET DIAGNOSTICS written = ROW_COUNT;
        lacking := lacking - written + cardinality(consents);
    END IF;
    IF cardinality(tokens) > 0 THEN
        -- A token whose time is over is asked for no more.
        DELETE FROM token t WHERE t.account = in_account AND t.exp <= in_at;
        INSERT INTO token AS t (id, account, exp)
            SELECT r.id, in_account, r.exp FROM unnest(tokens, token_exp) AS r (id, exp)
            ORDER BY r.id COLLATE "C"
            ON CONFLICT (id) DO UPDATE SET exp = excluded.exp WHERE t.account = excluded.account;
        GET DIAGNOSTICS written = ROW_COUNT;
        lacking := lacking - written + cardinality(tokens);
    END IF;
    IF lacking > 0 THEN
        RAISE EXCEPTION SQLSTATE 'MD001' USING MESSAGE = 'id taken';
    END IF;
END $$;

-- Why a request cannot be done on an account: `erased`, `unknown`, `reused`, `known` with the entry of
-- the first time, or `conflict`.
CREATE FUNCTION known(
    in_p integer, in_account text, in_key text,
    OUT outcome text, OUT version bigint, OUT pos bigint, OUT digest bytea, OUT body bytea, OUT mark bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_key text;
    found_version bigint;
BEGIN
    SELECT a.opened_key, a.version INTO found_key, found_version
        FROM account a WHERE a.p = in_p AND a.id = in_account;
    IF NOT FOUND THEN
        outcome := CASE WHEN EXISTS (
            SELECT FROM tombstone t WHERE t.account = sha256(convert_to(in_account, 'UTF8'))
        ) THEN 'erased' ELSE 'unknown' END;
    ELSIF found_key = in_key THEN
        outcome := 'reused';
    ELSE
        SELECT 'known', e.version, e.pos, e.digest, e.body, e.mark
            INTO outcome, version, pos, digest, body, mark
            FROM entry e WHERE e.p = in_p AND e.account = in_account AND e.key = in_key;
        IF NOT FOUND THEN
            outcome := 'conflict';
            version := found_version;
        END IF;
    END IF;
END $$;

-- `stored`, `same`, `exists`. MD002: the account was erased.
CREATE FUNCTION open_account(
    in_p integer, in_account text, in_key text, in_digest bytea,
    in_head bytea, in_octets bytea, in_mark bytea, in_at bigint, in_due bigint,
    linkings_over text[], linkings text[], linking_services text[],
    links text[], link_services text[], link_surrogates text[], link_states text[],
    consents text[], consent_links text[], consent_states text[], consent_nbf bigint[], consent_exp bigint[],
    tokens text[], token_exp bigint[]
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO account (p, id, version, due, opened_key, opened_digest)
        VALUES (in_p, in_account, 0, in_due, in_key, in_digest) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN CASE WHEN EXISTS (
            SELECT FROM account a WHERE a.p = in_p AND a.id = in_account
                AND a.opened_key = in_key AND a.opened_digest = in_digest
        ) THEN 'same' ELSE 'exists' END;
    END IF;
    -- Asked now that the row is ours: an erasure in between has been waited for.
    IF EXISTS (SELECT FROM tombstone t WHERE t.account = sha256(convert_to(in_account, 'UTF8'))) THEN
        RAISE EXCEPTION SQLSTATE 'MD002' USING MESSAGE = 'account erased';
    END IF;
    INSERT INTO opening (p, account, head, octets, mark)
        VALUES (in_p, in_account, in_head, in_octets, in_mark);
    PERFORM set_index(in_account, in_at, linkings_over, linkings, linking_services,
        links, link_services, link_surrogates, link_states,
        consents, consent_links, consent_states, consent_nbf, consent_exp, tokens, token_exp);
    RETURN 'stored';
END $$;

-- `stored`, or what `known` says. The account's row is locked first, then what is looked up, and the
-- partition's row as late as can be: it is what others wait for.
CREATE FUNCTION decide(
    in_p integer, in_account text, in_expect bigint, in_key text, in_digest bytea,
    in_body bytea, in_mark bytea, in_to text[],
    in_snapshot bigint, in_snapshot_head bytea, in_snapshot_octets bytea, in_snapshot_mark bytea,
    is_indexed boolean, in_at bigint, in_due bigint,
    linkings_over text[], linkings text[], linking_services text[],
    links text[], link_services text[], link_surrogates text[], link_states text[],
    consents text[], consent_links text[], consent_states text[], consent_nbf bigint[], consent_exp bigint[],
    tokens text[], token_exp bigint[],
    OUT outcome text, OUT version bigint, OUT pos bigint, OUT digest bytea, OUT body bytea, OUT mark bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    position bigint;
BEGIN
    UPDATE account a SET version = in_expect + 1, due = in_due
        WHERE a.p = in_p AND a.id = in_account AND a.version = in_expect AND a.opened_key <> in_key
        AND NOT EXISTS (
            SELECT FROM entry e WHERE e.p = in_p AND e.account = in_account AND e.key = in_key
        );
    IF NOT FOUND THEN
        SELECT k.* INTO outcome, version, pos, digest, body, mark FROM known(in_p, in_account, in_key) k;
        RETURN;
    END IF;
    IF is_indexed THEN
        PERFORM set_index(in_account, in_at, linkings_over, linkings, linking_services,
            links, link_services, link_surrogates, link_states,
            consents, consent_links, consent_states, consent_nbf, consent_exp, tokens, token_exp);
    END IF;
    IF in_snapshot IS NOT NULL THEN
        INSERT INTO snapshot (p, account, version, head, octets, mark)
            VALUES (in_p, in_account, in_snapshot, in_snapshot_head, in_snapshot_octets, in_snapshot_mark)
            ON CONFLICT (account, p) DO UPDATE SET version = excluded.version, head = excluded.head,
                octets = excluded.octets, mark = excluded.mark;
    END IF;
    UPDATE part SET pos = part.pos + 1 WHERE part.p = in_p RETURNING part.pos INTO position;
    INSERT INTO entry (p, pos, account, version, key, digest, body, mark)
        VALUES (in_p, position, in_account, in_expect + 1, in_key, in_digest, in_body, in_mark);
    IF cardinality(in_to) > 0 THEN
        INSERT INTO queue (p, service, pos) SELECT in_p, service, position FROM unnest(in_to) AS service;
    END IF;
    outcome := 'stored';
    version := in_expect + 1;
    pos := position;
END $$;

-- `stored`, `undelivered`, or what `known` says. The positions of what goes stay empty.
CREATE FUNCTION erase(
    in_p integer, in_account text, in_expect bigint, in_key text, in_at bigint,
    OUT outcome text, OUT version bigint, OUT pos bigint, OUT digest bytea, OUT body bytea, OUT mark bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    last bytea;
BEGIN
    PERFORM FROM account a WHERE a.p = in_p AND a.id = in_account FOR UPDATE;
    SELECT k.* INTO outcome, version, pos, digest, body, mark FROM known(in_p, in_account, in_key) k;
    IF outcome <> 'conflict' OR version <> in_expect THEN
        RETURN;
    END IF;
    IF EXISTS (
        SELECT FROM entry e JOIN queue q ON q.p = e.p AND q.pos = e.pos
        WHERE e.p = in_p AND q.p = in_p AND e.account = in_account
    ) OR EXISTS (SELECT FROM paper t WHERE t.account = in_account AND t.shelf = 'parked') THEN
        outcome := 'undelivered';
        RETURN;
    END IF;
    SELECT coalesce(
        (SELECT e.mark FROM entry e WHERE e.p = in_p AND e.account = in_account AND e.version = in_expect),
        (SELECT o.head FROM opening o WHERE o.p = in_p AND o.account = in_account)
    ) INTO last;
    INSERT INTO tombstone (account, at, version, head)
        VALUES (sha256(convert_to(in_account, 'UTF8')), in_at, in_expect, last);
    DELETE FROM linking t WHERE t.account = in_account;
    DELETE FROM link t WHERE t.account = in_account;
    DELETE FROM surrogate t WHERE t.account = in_account;
    DELETE FROM consent t WHERE t.account = in_account;
    DELETE FROM token t WHERE t.account = in_account;
    DELETE FROM paper t WHERE t.account = in_account;
    DELETE FROM entry t WHERE t.p = in_p AND t.account = in_account;
    DELETE FROM snapshot t WHERE t.p = in_p AND t.account = in_account;
    DELETE FROM opening t WHERE t.p = in_p AND t.account = in_account;
    DELETE FROM account t WHERE t.p = in_p AND t.id = in_account;
    outcome := 'stored';
    pos := 0;
END $$;

-- An account at one moment: its version, then where to begin (`digest` is its head), then the entries
-- after that. Since a version; or, without one, from the newest snapshot, or from the opening.
CREATE FUNCTION held(in_p integer, in_account text, in_since bigint, is_whole boolean)
RETURNS TABLE (key text, version bigint, pos bigint, digest bytea, octets bytea, mark bytea)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    after bigint := in_since;
BEGIN
    SELECT a.version INTO version FROM account a WHERE a.p = in_p AND a.id = in_account;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    RETURN NEXT;
    IF after IS NULL AND NOT is_whole THEN
        SELECT s.version, s.head, s.octets, s.mark INTO version, digest, octets, mark
            FROM snapshot s WHERE s.p = in_p AND s.account = in_account;
        IF FOUND THEN
            RETURN NEXT;
            after := version;
        END IF;
    END IF;
    IF after IS NULL THEN
        after := 0;
        RETURN QUERY SELECT NULL, 0::bigint, NULL::bigint, o.head, o.octets, o.mark
            FROM opening o WHERE o.p = in_p AND o.account = in_account;
    END IF;
    RETURN QUERY SELECT e.key, e.version, e.pos, e.digest, e.body, e.mark
        FROM entry e WHERE e.p = in_p AND e.account = in_account AND e.version > after ORDER BY e.version;
END $$;

-- A consent with its link: two look-ups at one moment, each in one table; a join would open all of them.
CREATE FUNCTION stands(
    consent_id text, OUT account text, OUT service text, OUT link text, OUT state text, OUT nbf bigint, OUT exp bigint
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    link_id text;
BEGIN
    SELECT c.account, c.link, c.state, c.nbf, c.exp INTO account, link_id, state, nbf, exp
        FROM consent c WHERE c.id = consent_id;
    SELECT l.service, l.state INTO service, link FROM link l WHERE l.id = link_id;
END $$;

-- Whose timers have something to do. Planned for each moment anew: there may be few of them, or all.
CREATE FUNCTION due(after text, in_max bigint, now bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY SELECT a.id FROM account a WHERE a.id > after AND a.due <= now ORDER BY a.id LIMIT in_max;
END $$;

-- Moves a cursor; what a service's cursor has passed waits for it no more.
CREATE FUNCTION advance(in_p integer, in_reader text, in_service text, in_from bigint, in_to bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF in_to < in_from THEN
        RETURN false;
    END IF;
    IF in_from = 0 THEN
        INSERT INTO cursor (p, reader, pos) VALUES (in_p, in_reader, 0) ON CONFLICT DO NOTHING;
    END IF;
    UPDATE cursor c SET pos = in_to WHERE c.p = in_p AND c.reader = in_reader AND c.pos = in_from;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    DELETE FROM queue q WHERE q.p = in_p AND q.service = in_service AND q.pos <= in_to;
    RETURN true;
END $$;

-- Writes a document over a revision, or removes it (no octets).
CREATE FUNCTION file(in_shelf text, in_name text, in_expect bigint, in_account text, in_octets bytea)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF in_octets IS NULL THEN
        DELETE FROM paper t WHERE t.shelf = in_shelf AND t.name = in_name AND t.revision = in_expect;
        RETURN FOUND OR (in_expect = 0 AND NOT EXISTS (
            SELECT FROM paper t WHERE t.shelf = in_shelf AND t.name = in_name
        ));
    ELSIF in_expect = 0 THEN
        INSERT INTO paper (shelf, name, revision, account, octets)
            VALUES (in_shelf, in_name, 1, in_account, in_octets) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE paper t SET revision = in_expect + 1, account = in_account, octets = in_octets
            WHERE t.shelf = in_shelf AND t.name = in_name AND t.revision = in_expect;
    END IF;
    RETURN FOUND;
END $$;
