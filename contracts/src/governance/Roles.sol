// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// May list releases and lift bans, each after a delay.
uint64 constant RELEASE_MANAGER_ROLE = 1;
// May withdraw releases, ban platforms and revoke enclave keys, at once.
uint64 constant REVOKER_ROLE = 2;
// May pause additions, registrations, deposits and orders, at once, and cancel what the release manager has scheduled.
uint64 constant GUARDIAN_ROLE = 3;
