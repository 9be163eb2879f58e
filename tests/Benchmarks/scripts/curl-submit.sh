#!/bin/bash
# Submits and nothing else.
set -eu
seq "$1" | xargs -P16 -I{} curl -sS -H "TT-API-KEY: $TTAPI_KEY" -H 'Content-Type: application/json' \
    -d '{"userPrompt":"a red car driving on a road, take {}"}' "${TTAPI_BASE_URI}luma/v1/generations" | grep -oE '"jobId"' | wc -l
