-- Writes an event down and tells whoever listens, both when the transaction commits. A notification holds less than
-- 8,000 bytes: a longer one says where the whole is.
create or replace function archive_catalog.note_event(
    event text, schema_name text, table_name text, kind text, unit_id uuid, attempt_id uuid, details jsonb
)
returns void
language plpgsql
set search_path = pg_catalog
as $note$
declare
    number bigint;
    message jsonb;
begin
    insert into archive_catalog.events (event, schema_name, table_name, kind, unit_id, attempt_id, details)
    values (event, schema_name, table_name, kind, unit_id, attempt_id, details)
    returning event_id into number;
    message := jsonb_build_object(
        'event_id', number, 'event', event, 'at', now(), 'schema', schema_name, 'table', table_name, 'kind', kind,
        'unit', unit_id, 'attempt', attempt_id
    );
    if octet_length((message || details)::text) < 7900 then
        message := details || message;
    else
        message := message || jsonb_build_object('cut', true);
    end if;
    perform pg_notify('archive_events', message::text);
end
$note$;
