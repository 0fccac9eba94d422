.PHONY: check test bench docs fixtures

check:
	bash .ci/run

test:
	python -m pytest

bench:
	python -m tests.bench

docs:
	python docs/generate.py

fixtures:
	python -m fixtures.generate
