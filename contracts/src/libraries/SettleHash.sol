// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AUTHORIZATION_TYPEHASH} from "../types/Authorization.sol";
import {RECEIPT_TYPEHASH} from "../types/Receipt.sol";
import {SETTLEMENT_TYPEHASH} from "../types/Settlement.sol";
import {SettleItem} from "./SettlementRecords.sol";

/// The two digests of a settle item, hashed from calldata without allocating: `abi.encode` per item would make memory,
/// and with it the price of every item, grow with the batch. A test pins both to the plain struct hashes.
library SettleHash {
    function receiptDigest(
        SettleItem calldata item,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 digest) {
        bytes32 settlementTypehash = SETTLEMENT_TYPEHASH;
        bytes32 receiptTypehash = RECEIPT_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, settlementTypehash)
            calldatacopy(add(free, 0x20), item, 0xc0) // the six words of Settlement
            let settlementHash := keccak256(free, 0xe0)
            mstore(free, receiptTypehash)
            mstore(add(free, 0x20), settlementHash)
            calldatacopy(add(free, 0x40), add(item, 0xc0), 0x20) // executionHash
            let receiptHash := keccak256(free, 0x60)
            mstore(free, hex"1901")
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), receiptHash)
            digest := keccak256(free, 0x42)
        }
    }

    function authorizationDigest(
        SettleItem calldata item,
        bytes32 domainSeparator
    ) internal pure returns (bytes32 digest) {
        bytes32 typehash = AUTHORIZATION_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), item, 0x40) // orderHash, enclaveKey
            calldatacopy(add(free, 0x60), add(item, 0x120), 0x40) // cumulativeCapPicoUsd, jobHeaderHash
            let authorizationHash := keccak256(free, 0xa0)
            mstore(free, hex"1901")
            mstore(add(free, 0x02), domainSeparator)
            mstore(add(free, 0x22), authorizationHash)
            digest := keccak256(free, 0x42)
        }
    }
}
