#!/usr/bin/env bash
# One turn of the platform, for cron or a systemd timer: hour.sh [FOLDER OF THE CHECKOUT]. Ends with the status of the
# first step that did not succeed. A turn that would begin while one is under way leaves at once, with status 0.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"
exec 9> .local/hour.lock
flock --nonblock 9 || { echo "another turn is under way"; exit 0; }
export PATH="$PWD/.venv/bin:$PATH"

# New files only: landing knows by their bytes which it has had. One folder per object, named by the object's code.
for folder in "${INBOX:-inbox}"/*/; do
    files=("$folder"*)
    [ ! -e "${files[0]}" ] || landing load "${files[@]}" --object "$(basename "$folder")"
done
archive-jobs run --type source --yes
dbt build --target postgres --target-path target/postgres
archive-jobs run --yes
dbt build --target duckdb --target-path target/duckdb
