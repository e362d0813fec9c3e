# The pool, the limit that lets one run write at a time, and the deployments of prefect.yaml with the
# settings that flow runs mount. Again is the same as once.
set -eu
cd "$PAPERTIDE_ROOT"
prefect --no-prompt work-pool create papertide --type kubernetes --overwrite \
    --base-job-template "$(dirname "$0")/job-template.json"
prefect gcl inspect papertide-writer >/dev/null || prefect gcl create papertide-writer --limit 1
for name in daily on-demand hourly-digest weekly-maintenance; do
    prefect --no-prompt deploy --name "$name" --params '{"conf": ["/etc/papertide/settings.yaml"]}'
done
