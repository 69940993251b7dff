// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {IHearthSettlement} from "../interfaces/IHearthSettlement.sol";
import {Contradiction} from "../libraries/Contradiction.sol";
import {Ecdsa} from "../libraries/Ecdsa.sol";
import {EnclaveRecord} from "../libraries/EnclaveRecord.sol";
import {MerkleTree} from "../libraries/MerkleTree.sol";
import {ReceiptVerdict} from "../libraries/SettlementRecords.sol";
import {Receipt, hashReceipt, hashReceiptParts} from "../types/Receipt.sol";
import {Settlement} from "../types/Settlement.sol";

/// What anyone can check about receipts without moving money, and what follows when an enclave contradicts itself.
abstract contract ReceiptVerifier is IHearthSettlement, EIP712 {
    IEnclaveRegistry public immutable registry;

    mapping(address enclaveKey => bool) internal _blocked;

    constructor(IEnclaveRegistry registry_) {
        require(address(registry_) != address(0), ZeroAddress());
        registry = registry_;
    }

    /// @inheritdoc IHearthSettlement
    function reportEquivocation(SignedSettlement calldata a, SignedSettlement calldata b) external {
        (bytes32 hashA, bytes32 hashB) = _assertContradiction(a, b);

        _blocked[a.settlement.enclaveKey] = true;
        emit EnclaveBlocked(a.settlement.enclaveKey, hashA, hashB);
    }

    /// @inheritdoc IHearthSettlement
    function assertContradiction(SignedSettlement calldata a, SignedSettlement calldata b) external view {
        _assertContradiction(a, b);
    }

    /// @inheritdoc IHearthSettlement
    function verifyReceipt(
        Receipt calldata receipt,
        bytes calldata enclaveSignature
    ) external view returns (ReceiptVerdict memory verdict) {
        Settlement calldata settlement = receipt.settlement;
        EnclaveRecord memory enclave = registry.enclaveOf(settlement.enclaveKey);
        verdict.receiptHash = _hashTypedDataV4(hashReceipt(receipt));
        verdict.signedByEnclave = _isSigned(verdict.receiptHash, settlement.enclaveKey, enclaveSignature);
        verdict.enclaveRegistered = enclave.provider != address(0);
        verdict.enclaveNotBlocked = !_blocked[settlement.enclaveKey];
        verdict.providerMatches = verdict.enclaveRegistered && enclave.provider == settlement.provider;
        verdict.tierMatches = verdict.enclaveRegistered && enclave.tier == receipt.execution.tier;
        verdict.teeTypeMatches = verdict.enclaveRegistered && enclave.teeType == receipt.execution.teeType;
    }

    /// @inheritdoc IHearthSettlement
    function verifyIncluded(
        Receipt calldata receipt,
        bytes32[] calldata path,
        Receipt calldata newest,
        bytes calldata newestSignature
    ) external view returns (bool) {
        Settlement calldata earlier = receipt.settlement;
        Settlement calldata later = newest.settlement;
        if (earlier.orderHash != later.orderHash || earlier.enclaveKey != later.enclaveKey) return false;
        if (earlier.sequence == 0 || earlier.sequence >= later.sequence) return false;
        if (!_isSigned(_hashTypedDataV4(hashReceipt(newest)), later.enclaveKey, newestSignature))
            return false;
        return
            MerkleTree.isIncluded(
                MerkleTree.leafOf(_hashTypedDataV4(hashReceipt(receipt))),
                earlier.sequence - 1,
                later.sequence - 1,
                path,
                later.priorReceiptsRoot
            );
    }

    /// @inheritdoc IHearthSettlement
    function isBlocked(address enclaveKey) external view returns (bool) {
        return _blocked[enclaveKey];
    }

    function _assertContradiction(
        SignedSettlement calldata a,
        SignedSettlement calldata b
    ) private view returns (bytes32 hashA, bytes32 hashB) {
        hashA = _hashTypedDataV4(hashReceiptParts(a.settlement, a.executionHash));
        hashB = _hashTypedDataV4(hashReceiptParts(b.settlement, b.executionHash));
        address enclaveKey = a.settlement.enclaveKey;
        require(
            hashA != hashB &&
                enclaveKey == b.settlement.enclaveKey &&
                a.settlement.orderHash == b.settlement.orderHash &&
                Contradiction.isOne(a.settlement, b.settlement),
            NotEquivocation()
        );
        require(
            _isSigned(hashA, enclaveKey, a.enclaveSignature),
            EquivocationSignatureInvalid(hashA, enclaveKey)
        );
        require(
            _isSigned(hashB, enclaveKey, b.enclaveSignature),
            EquivocationSignatureInvalid(hashB, enclaveKey)
        );
    }

    function _isSigned(
        bytes32 digest,
        address enclaveKey,
        bytes calldata signature
    ) private pure returns (bool) {
        return enclaveKey != address(0) && Ecdsa.recover(digest, signature) == enclaveKey;
    }
}
