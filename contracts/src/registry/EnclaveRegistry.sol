// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SnpTrust} from "./SnpTrust.sol";
import {TdxQuoteVerifier} from "./TdxQuoteVerifier.sol";
import {Revocations} from "../governance/Revocations.sol";
import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {ISnpVerifier} from "../interfaces/ISnpVerifier.sol";
import {EnclaveDetails, EnclaveRecord, EnclaveRecords, PackedEnclave} from "../libraries/EnclaveRecord.sol";
import {RegistryHash} from "../libraries/RegistryHash.sol";
import {PckIdentity} from "../libraries/SgxExtension.sol";
import {Signers} from "../libraries/Signers.sol";
import {TcbStatus} from "../libraries/TcbStatus.sol";
import {QuoteLayout, TdxQuote} from "../libraries/TdxQuote.sol";
import {Certificate} from "../libraries/X509.sol";
import {DOMAIN_VERSION, REGISTRY_DOMAIN_NAME} from "../types/Domains.sol";
import {EnclaveKeys} from "../types/EnclaveKeys.sol";
import {EnrolEnclave, hashEnrolEnclave} from "../types/EnrolEnclave.sol";

abstract contract EnclaveRegistry is TdxQuoteVerifier, SnpTrust, Revocations, EIP712 {
    using EnclaveRecords for EnclaveRecord;

    uint8 internal constant TEE_TYPE_TDX = 2;
    uint8 internal constant TEE_TYPE_SEV_SNP = 3;
    uint256 private constant ATTESTATION_LIFETIME = 24 hours;

    mapping(bytes32 pckKeyHash => PckRecord) private _pcks;

    constructor(
        IDcapCollateral vendorCollateral,
        ISnpVerifier vendorSnpVerifier,
        address authority_
    )
        TdxQuoteVerifier(vendorCollateral)
        SnpTrust(vendorSnpVerifier)
        Revocations(authority_)
        EIP712(REGISTRY_DOMAIN_NAME, DOMAIN_VERSION)
    {}

    /// Refuses a tier that this registry, or the release, does not vouch for.
    /// @return releaseNumber 0 when the release is not listed, where that is allowed.
    function _admit(bytes32 measurementHash, uint8 tier) internal view virtual returns (uint16 releaseNumber);

    /// @inheritdoc IEnclaveRegistry
    function registerPlatform(
        bytes calldata leafDer,
        bytes32 authorityKeyHash
    ) external returns (bytes32 platformId) {
        (
            PckIdentity memory identity,
            Certificate memory leaf,
            IDcapCollateral.Authority memory authority
        ) = _verifyPck(leafDer, authorityKeyHash);
        platformId = identity.platformId;
        bytes32 pckKeyHash = keccak256(abi.encode(leaf.keyX, leaf.keyY, platformId));
        // Certificate times end before the year 10000.
        uint40 notAfterUnixSec = uint40(leaf.notAfterUnixSec);
        if (notAfterUnixSec > authority.notAfterUnixSec) notAfterUnixSec = authority.notAfterUnixSec;
        // An older certificate of the same key must not shorten what a newer one proved.
        if (_pcks[pckKeyHash].notAfterUnixSec >= notAfterUnixSec) return platformId;

        PckRecord memory pck = PckRecord({
            tcbComponents: identity.tcbComponents,
            fmspc: identity.fmspc,
            pceId: identity.pceId,
            pceSvn: identity.pceSvn,
            notAfterUnixSec: notAfterUnixSec,
            authorityIndex: authority.index,
            serial: leaf.serial
        });
        _pcks[pckKeyHash] = pck;
        if (_platformProviders[platformId] == address(0)) _platformProviders[platformId] = NOBODY;
        emit PlatformRegistered(
            platformId,
            pckKeyHash,
            pck.fmspc,
            pck.pceId,
            pck.pceSvn,
            pck.tcbComponents,
            pck.notAfterUnixSec
        );
    }

    /// @inheritdoc IEnclaveRegistry
    function registerEnclave(
        EnclaveKeys calldata keys,
        bytes calldata quote,
        PckKey calldata pckKey,
        uint64 deadlineUnixSec,
        bytes calldata enrolmentSignature
    ) external whenRegistrationsOpen {
        bytes32 pckKeyHash = keccak256(abi.encode(pckKey));
        PckRecord storage pck = _pckInForce(pckKeyHash);
        _assertProviderConsents(keys, deadlineUnixSec, enrolmentSignature);
        _assertProviderMayUse(keys, pckKey.platformId);
        QuoteLayout memory parts = _verifyQuote(quote, pckKey);
        Standing memory standing = _standingOf(quote, parts, pckKeyHash, pck);
        _assertKeysAttested(keys, TEE_TYPE_TDX, TdxQuote.reportDataDigest(quote, parts));
        bytes32 measurementHash = TdxQuote.measurementHash(quote, parts, TEE_TYPE_TDX);

        _store(keys, measurementHash, pckKey.platformId, standing);
    }

    /// @inheritdoc IEnclaveRegistry
    function registerSnpEnclave(
        EnclaveKeys calldata keys,
        bytes calldata report,
        bytes calldata hints,
        bytes32 vcekHash,
        uint64 deadlineUnixSec,
        bytes calldata enrolmentSignature
    ) external whenRegistrationsOpen {
        _assertProviderConsents(keys, deadlineUnixSec, enrolmentSignature);
        ISnpVerifier.SnpEvidence memory evidence = snpVerifier.verify(report, hints, vcekHash);
        _assertProviderMayUse(keys, evidence.platformId);
        _assertKeysAttested(keys, TEE_TYPE_SEV_SNP, evidence.reportData);

        // There are no degrees here: firmware under the floors is refused.
        Standing memory standing = Standing(0, evidence.expiresAtUnixSec, TcbStatus.UpToDate);
        _store(keys, evidence.measurementHash, evidence.platformId, standing);
    }

    /// @inheritdoc IEnclaveRegistry
    function releasePlatform(bytes32 platformId) external {
        require(
            _platformProviders[platformId] == msg.sender && _isSomebody(msg.sender),
            PlatformNotHeld(platformId, msg.sender)
        );
        _platformProviders[platformId] = NOBODY;
        emit PlatformReleased(platformId, msg.sender);
    }

    /// @inheritdoc IEnclaveRegistry
    function enclaveOf(address enclaveKey) external view returns (EnclaveRecord memory) {
        return _enclaves[enclaveKey].unpack();
    }

    /// @inheritdoc IEnclaveRegistry
    function providerAndTierOf(address enclaveKey) external view returns (address provider, uint8 tier) {
        PackedEnclave enclave = _enclaves[enclaveKey];
        return (enclave.provider(), enclave.tier());
    }

    /// @inheritdoc IEnclaveRegistry
    function pckOf(bytes32 pckKeyHash) external view returns (PckRecord memory) {
        return _pcks[pckKeyHash];
    }

    /// @inheritdoc IEnclaveRegistry
    function platformProviderOf(bytes32 platformId) external view returns (address) {
        address provider = _platformProviders[platformId];
        return _isSomebody(provider) ? provider : address(0);
    }

    function _pckInForce(bytes32 pckKeyHash) private view returns (PckRecord storage pck) {
        pck = _pcks[pckKeyHash];
        uint40 notAfterUnixSec = pck.notAfterUnixSec;
        require(notAfterUnixSec != 0, PckKeyUnknown(pckKeyHash));
        require(block.timestamp <= notAfterUnixSec, PckCertificateExpired(notAfterUnixSec, block.timestamp));
    }

    function _assertProviderConsents(
        EnclaveKeys calldata keys,
        uint64 deadlineUnixSec,
        bytes calldata enrolmentSignature
    ) private view {
        require(
            _isSomebody(keys.provider) && keys.enclaveKey != address(0),
            EnclaveKeysIncomplete(keys.provider, keys.enclaveKey)
        );
        if (msg.sender == keys.provider) return;
        require(block.timestamp <= deadlineUnixSec, EnrolmentExpired(deadlineUnixSec, block.timestamp));
        bytes32 digest = _hashTypedDataV4(
            hashEnrolEnclave(EnrolEnclave(keys.enclaveKey, keys.nodeKey, deadlineUnixSec))
        );
        require(
            Signers.isSigned(keys.provider, digest, enrolmentSignature),
            ProviderConsentMissing(keys.provider)
        );
    }

    /// Both rules last beyond expiry: a key never changes hands, a platform only when its provider lets it go.
    function _assertProviderMayUse(EnclaveKeys calldata keys, bytes32 platformId) private view {
        PackedEnclave enclave = _enclaves[keys.enclaveKey];
        address provider = enclave.provider();
        require(
            provider == address(0) || provider == keys.provider,
            EnclaveOfOtherProvider(keys.enclaveKey, provider)
        );
        require(!enclave.isRevoked(), EnclaveIsRevoked(keys.enclaveKey));
        address holder = _platformProviders[platformId];
        require(holder != BANNED, PlatformIsBanned(platformId));
        require(!_isSomebody(holder) || holder == keys.provider, PlatformOfOtherProvider(platformId, holder));
    }

    function _assertKeysAttested(
        EnclaveKeys calldata keys,
        uint8 teeType,
        bytes32 reportDataDigest
    ) private view {
        bytes32 expected = _hashTypedDataV4(RegistryHash.hashKeys(keys));
        require(reportDataDigest == expected, ReportDataWrong(expected, reportDataDigest));
        require(keys.teeType == teeType, TeeTypeUnsupported(teeType, keys.teeType));
        // BLOCKHASH answers for the last 256 blocks only, and with zero beyond: an old quote can't be anchored again.
        bytes32 anchor = blockhash(keys.anchorBlockNumber);
        require(
            anchor != 0 && anchor == keys.anchorBlockHash,
            AnchorBlockWrong(keys.anchorBlockNumber, anchor, keys.anchorBlockHash)
        );
    }

    function _store(
        EnclaveKeys calldata keys,
        bytes32 measurementHash,
        bytes32 platformId,
        Standing memory standing
    ) private {
        uint256 expiresAtUnixSec = block.timestamp + ATTESTATION_LIFETIME;
        if (expiresAtUnixSec > standing.expiresAtUnixSec) expiresAtUnixSec = standing.expiresAtUnixSec;
        EnclaveRecord memory record = EnclaveRecord({
            provider: keys.provider,
            tier: keys.tier,
            teeType: keys.teeType,
            tcbStatus: uint8(standing.status),
            isRevoked: false,
            releaseNumber: _admit(measurementHash, keys.tier),
            expiresAtUnixSec: uint40(expiresAtUnixSec),
            registeredAtBlock: uint32(block.number)
        });
        _enclaves[keys.enclaveKey] = record.pack();
        if (_platformProviders[platformId] != keys.provider) {
            _platformProviders[platformId] = keys.provider;
        }
        emit EnclaveRegistered(
            keys.enclaveKey,
            keys.provider,
            platformId,
            record.tier,
            record.teeType,
            record.tcbStatus,
            record.expiresAtUnixSec,
            EnclaveDetails({
                nodeKey: keys.nodeKey,
                measurementHash: measurementHash,
                platformId: platformId,
                firstHpkeKeyId: keys.firstHpkeKeyId,
                configHash: keys.configHash
            })
        );
    }
}
