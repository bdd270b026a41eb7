"""Index of all tables of the main database, for migrations and tests."""

from registry.audit import models as audit
from registry.auth import models as auth
from registry.db import Base
from registry.exchange import models as exchange
from registry.ledger import models as ledger
from registry.linkage import models as linkage
from registry.profiles import models as profiles
from registry.vocabulary import models as vocabulary

TABLES = Base.metadata.tables

__all__ = ["TABLES", "audit", "auth", "exchange", "ledger", "linkage", "profiles", "vocabulary"]
