# Sourced by scripts/check and scripts/test: named steps, one summary, an exit code that tells of any failure.
# After `finish` the last line is `N passed, N failed, N skipped`, over all the tests of all the steps.

STEPS=()   # one row a step, for the summary
FAILED=()  # the names of the steps that failed
LOGS=$(mktemp -d)
trap 'rm -rf "$LOGS"' EXIT

# Root working in somebody else's checkout writes no caches there: the owner could not write to them later.
if [ "$(id -u)" -eq 0 ] && [ "$(stat -c %u .)" -ne 0 ]; then
    export PYTHONDONTWRITEBYTECODE=1 RUFF_NO_CACHE=true MYPY_CACHE_DIR=$LOGS/mypy HYPOTHESIS_STORAGE_DIRECTORY=$LOGS/hypothesis
    export PYTEST_ADDOPTS="${PYTEST_ADDOPTS:-} -p no:cacheprovider"
    IMPORTS_CACHE=(--no-cache)
else
    IMPORTS_CACHE=()
fi

step() { # NAME COMMAND...: run the command under a heading; a failure is remembered, and the next step still runs
    local name=$1 begun=$SECONDS result=ok log=$LOGS/${#STEPS[@]}
    shift
    printf '\n=== %s ===\n' "$name"
    "$@" 2>&1 </dev/null | tee "$log"
    if [ "${PIPESTATUS[0]}" -ne 0 ]; then
        result=FAILED
        FAILED+=("$name")
    fi
    STEPS+=("$(printf '%-8s %4ds  %-24s %s' "$result" $((SECONDS - begun)) "$name" "$(closing_line "$log")")")
}

closing_line() { # LOG: pytest's own last line, without its rulers and colours; nothing where no tests ran
    sed -E 's/\x1b\[[0-9;]*m//g' "$1" | grep -E '[0-9]+ (passed|failed|skipped|error)' | grep -E ' in [0-9.]+s' |
        tail -n 1 | sed -E 's/^=+ //; s/ =+$//'
}

count() { # WORD: the sum of the numbers before WORD in all closing lines
    printf '%s\n' "${STEPS[@]}" | { grep -oE "[0-9]+ $1" || true; } | awk '{ sum += $1 } END { print sum + 0 }'
}

pytest() { .venv/bin/python -m pytest -q "$@"; }

gates() { # what can be said of the code without running it
    step "format" .venv/bin/ruff format --check --quiet .
    step "lint" .venv/bin/ruff check .
    step "types" .venv/bin/mypy
    step "import law" .venv/bin/lint-imports --no-logo "${IMPORTS_CACHE[@]}"
}

finish() { # the summary, and the exit code
    printf '\n=== summary ===\n'
    printf '%s\n' "${STEPS[@]}"
    [ "${#FAILED[@]}" -eq 0 ] || printf 'failed: %s\n' "${FAILED[@]}"
    printf '%s passed, %s failed, %s skipped\n' "$(count passed)" "$(($(count failed) + $(count error)))" "$(count skipped)"
    [ "${#FAILED[@]}" -eq 0 ]
}
