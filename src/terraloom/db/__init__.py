"""The one PostgreSQL: which server (`cluster`), its schema (`migrate`), how rows go in (`bulk`)."""
