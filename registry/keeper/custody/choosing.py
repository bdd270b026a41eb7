"""Which custodian the settings name, and what does not hold with it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from registry.errors import OperationError
from registry.keeper.custody.hardware import Token
from registry.keeper.custody.key_file import KeyFile
from registry.keeper.custody.transit import Transit
from registry.keeper.custody.transit_server import Server

if TYPE_CHECKING:
    from registry.config import Settings
    from registry.keeper.custody.custodian import Custody

log = logging.getLogger(__name__)


def custodian(settings: Settings) -> Custody:
    """Return whom the settings name; nobody is asked yet.

    In production it is said where no agency can be cut off by taking a key of its own away (custody level 2).

    Raises:
        OperationError: the key file cannot be used, or the settings name nobody in full.
    """
    chosen = settings.custody
    if settings.env == "production" and chosen.kind != "transit":
        log.warning("keeper.custody-level-2-does-not-hold", extra={"kind": chosen.kind})
    match chosen.kind:
        case "transit" if chosen.transit_url and chosen.transit_token_file:
            server = Server(chosen.transit_url, chosen.transit_token_file, chosen.transit_ca_file)
            return Transit(server, chosen.transit_mount)
        case "pkcs11" if chosen.pkcs11_module and chosen.pkcs11_token and chosen.pkcs11_pin_file:
            return Token(chosen.pkcs11_module, chosen.pkcs11_token, chosen.pkcs11_pin_file)
        case "file":
            return KeyFile.read(settings.root_key_file)
        case _:
            raise OperationError(f"ROOT_CUSTODY is {chosen.kind}, and its settings are not complete.")
