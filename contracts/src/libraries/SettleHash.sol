// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AUTHORIZATION_TYPEHASH} from "../types/Authorization.sol";
import {RECEIPT_TYPEHASH} from "../types/Receipt.sol";
import {SETTLEMENT_TYPEHASH} from "../types/Settlement.sol";
import {PairClaim} from "./SettlementRecords.sol";

/// The two digests of a claim, hashed in scratch memory without allocating: `abi.encode` per claim would make memory, and
/// with it the price of every claim, grow with the batch. A test pins both to the plain struct hashes.
library SettleHash {
    function receiptDigest(
        PairClaim calldata claim,
        bytes32 orderHash,
        address enclaveKey,
        address provider,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 digest) {
        bytes32 settlementTypehash = SETTLEMENT_TYPEHASH;
        bytes32 receiptTypehash = RECEIPT_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, settlementTypehash)
            mstore(add(free, 0x20), orderHash)
            mstore(add(free, 0x40), enclaveKey)
            mstore(add(free, 0x60), provider)
            mstore(add(free, 0x80), and(calldataload(claim), 0xffffffffffffffff)) // sequence
            mstore(add(free, 0xa0), and(calldataload(add(claim, 0x20)), 0xffffffffffffffffffffffffffffffff))
            calldatacopy(add(free, 0xc0), add(claim, 0x40), 0x20) // priorReceiptsRoot
            let settlementHash := keccak256(free, 0xe0)
            mstore(free, receiptTypehash)
            mstore(add(free, 0x20), settlementHash)
            calldatacopy(add(free, 0x40), add(claim, 0x60), 0x20) // executionHash
            let receiptHash := keccak256(free, 0x60)
            mstore(free, hex"1901")
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), receiptHash)
            digest := keccak256(free, 0x42)
        }
    }

    function authorizationDigest(
        PairClaim calldata claim,
        bytes32 orderHash,
        address enclaveKey,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 digest) {
        bytes32 typehash = AUTHORIZATION_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            mstore(add(free, 0x20), orderHash)
            mstore(add(free, 0x40), enclaveKey)
            mstore(add(free, 0x60), shr(128, calldataload(add(claim, 0x20)))) // cumulativeCapPicoUsd
            calldatacopy(add(free, 0x80), add(claim, 0xc0), 0x20) // jobHeaderHash
            let authorizationHash := keccak256(free, 0xa0)
            mstore(free, hex"1901")
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), authorizationHash)
            digest := keccak256(free, 0x42)
        }
    }
}
