-- The web site's own role: it reads and adds everywhere, and has no right to change or remove what is append-only.
-- The triggers of the migration refuse that too; without the right, whoever takes the site over cannot even drop them.
--
-- Run by the owner of the tables, after the first `flask db upgrade` and again after each later one:
--
--     psql -h 127.0.0.1 -U wuxue_owner -d wuxue -f deploy/postgresql-grants.sql
--
-- Beforehand, once, by the database's administrator (with passwords of your own):
--
--     CREATE ROLE wuxue_owner LOGIN PASSWORD '…';
--     CREATE ROLE wuxue_web LOGIN PASSWORD '…';
--     CREATE DATABASE wuxue OWNER wuxue_owner ENCODING 'UTF8' TEMPLATE template0;
--     \connect wuxue
--     REVOKE CREATE ON SCHEMA public FROM PUBLIC;
--     GRANT CREATE ON SCHEMA public TO wuxue_owner;
--     CREATE SCHEMA wuxue_web AUTHORIZATION wuxue_web;   -- the job queue keeps its own tables there

\set ON_ERROR_STOP on
BEGIN;
GRANT USAGE ON SCHEMA public TO wuxue_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO wuxue_web;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wuxue_web;
REVOKE UPDATE, DELETE ON credit_entry, case_step, case_snapshot, supplement_item, audit_event, attendance_change, lottery_draw, base_publication, proof_key, log_leaf, log_place, log_block, log_head, log_restoration, sealed_day, register_change FROM wuxue_web;
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM wuxue_web;
COMMIT;
