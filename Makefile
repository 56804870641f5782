# Short names for the scripts; the scripts are the truth.
.PHONY: check test kernel docs
check:
	scripts/check
test:
	scripts/test
kernel:
	scripts/setup && .venv/bin/python -m pytest -m kernel tests
docs:
	scripts/setup && .venv/bin/python -m pytest tests/docs
