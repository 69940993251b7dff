// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// EIP-712 domain names and version; chainId and verifyingContract are always part of the domain as well.
string constant MARKET_DOMAIN_NAME = "Hearth";
string constant REGISTRY_DOMAIN_NAME = "Hearth Registry";
string constant DOMAIN_VERSION = "1";
