#!/bin/bash
# The floor: nothing but the requests themselves, sixteen at a time, and the one wait that cannot be avoided.
set -eu
count=$1 destination=$2
mkdir "$destination" submits fetches
seq "$count" | xargs -P16 -I{} curl -sS -H "TT-API-KEY: $TTAPI_KEY" -H 'Content-Type: application/json' \
    -d '{"userPrompt":"a red car driving on a road, take {}"}' -o submits/{} "${TTAPI_BASE_URI}luma/v1/generations"
cat submits/* | grep -oE '"jobId":"[^"]*"' | cut -d'"' -f4 > ids
sleep 5
xargs -P16 -I{} curl -sS -H "TT-API-KEY: $TTAPI_KEY" -o fetches/{} "${TTAPI_BASE_URI}luma/v1/fetch?jobId={}" < ids
cat fetches/* | grep -oE '"videoUrl":"[^"]*"' | cut -d'"' -f4 | awk -F/ '{ print "-o " D "/" $(NF-1) ".mp4 " $0 }' D="$destination" |
    xargs -P16 -L1 curl -sS
ls "$destination" | wc -l
