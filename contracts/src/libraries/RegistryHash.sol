// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ENCLAVE_KEYS_TYPEHASH, EnclaveKeys} from "../types/EnclaveKeys.sol";

/// Struct hash of EnclaveKeys straight from calldata; copying nine fields to memory twice costs more than hashing them.
/// Bits beyond a field's width would change the hash, so they can't be smuggled past the attestation.
library RegistryHash {
    function hashKeys(EnclaveKeys calldata keys) internal pure returns (bytes32 structHash) {
        bytes32 typehash = ENCLAVE_KEYS_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), keys, 0x120)
            structHash := keccak256(free, 0x140)
        }
    }
}
