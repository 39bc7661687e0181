"""A real chain to test on: anvil with Livepeer's own contracts, deployed by our script.

Everything comes from package registries into the project's cache, checked by its hash; nothing
of it is ever committed. Product code never imports this package and never knows that it is there.
"""

from tests.devnet.addresses import AddressBook
from tests.devnet.devnet import Devnet
from tests.devnet.errors import DevnetError
from tests.devnet.terms import Terms

__all__ = ["AddressBook", "Devnet", "DevnetError", "Terms"]
