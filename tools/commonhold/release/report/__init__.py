"""Report on a release: write notes, machine-readable documents, tags, and a rollback sheet."""
