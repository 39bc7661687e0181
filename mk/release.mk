# A release: images, charts, manifests, bills of materials, checksums (tests/release/README.md).
.PHONY: release release-version release-check
RELEASE := $(PYTHON_BIN) -m tests.release

release: .venv/.ready ## write a release into dist/VERSION, the same bytes from the same commit (VERSION=0.2.0)
	@$(RELEASE) make '$(VERSION)'

release-version: .venv/.ready ## state a version in every file that does, and in CHANGELOG.md (VERSION=0.2.0)
	@$(RELEASE) version '$(VERSION)'

release-check: .venv/.ready ## make a release twice from images built twice, and compare every byte (VERSION=0.2.0)
	@$(RELEASE) check '$(VERSION)'
