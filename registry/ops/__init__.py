"""Operations: the supervisor of `registry up`, embedded PostgreSQL, roles, migrations."""
