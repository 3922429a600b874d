-- The archive's catalogue: the truth about which files count. It lives beside the rows it speaks of, so that a
-- row's removal and its file's activation are one transaction. Safe to run at any time, by many at once: each part is
-- run once per text. Without a new text nothing is locked, and an older tool does not undo what a newer one has done.
select pg_catalog.pg_advisory_xact_lock(7305, 1);

do $install$
begin
    if to_regclass('archive_catalog.installed') is null then
        create schema if not exists archive_catalog;
        create table archive_catalog.installed (
            part text not null,
            sha256 text not null,
            installed_at timestamptz not null default now(),
            primary key (part, sha256)
        );
    end if;
<%- for part in parts %>

    if not exists (
        select from archive_catalog.installed
        where part = '<< part.name >>' and sha256 = '<< part.sha256 >>'
    ) then
<< part.text | indent(8, first=true) >>
        insert into archive_catalog.installed (part, sha256) values ('<< part.name >>', '<< part.sha256 >>');
    end if;
<%- endfor %>
end
$install$;
