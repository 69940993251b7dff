// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDcapCollateral} from "./IDcapCollateral.sol";
import {ISnpVerifier} from "./ISnpVerifier.sol";
import {EnclaveDetails, EnclaveRecord} from "../libraries/EnclaveRecord.sol";
import {TcbStatus} from "../libraries/TcbStatus.sol";
import {EnclaveKeys} from "../types/EnclaveKeys.sol";

/// @title Registry of attested enclave keys
/// @notice Proves on-chain, trusting nobody, that a key was born in a TDX or SEV-SNP enclave that works for one provider.
/// @dev TDX: a platform (one CPU package) is verified once from its PCK certificate; then each enclave on it by its quote.
/// Both need the vendor's collateral in force (`collateral`), which anyone may bring up to date. Accepted are platforms that
/// are up to date, or short only of hardening in software (SWHardeningNeeded): an immutable rule.
/// SEV-SNP: a chip is verified once from its VCEK (`snpVerifier().collateral()`); then each enclave on it by its report.
interface IEnclaveRegistry {
    /// @notice A PCK public key (P-256, big-endian coordinates) and the platform that its certificate names. Known to the
    /// registry by `pckKeyHash` = keccak256(x ‖ y ‖ platformId), so that a record fits one storage slot.
    struct PckKey {
        bytes32 x;
        bytes32 y;
        bytes32 platformId;
    }

    /// @notice What a PCK certificate said about its platform.
    struct PckRecord {
        bytes16 tcbComponents;
        bytes6 fmspc;
        bytes2 pceId;
        uint16 pceSvn;
        uint40 notAfterUnixSec; // of the certificate or its CA, whichever ends first
        uint8 authorityIndex; // of the CA, in the collateral
        uint160 serial;
    }

    /// @notice A PCK key is verified; enclaves on its platform can register until `notAfterUnixSec`.
    event PlatformRegistered(
        bytes32 indexed platformId,
        bytes32 indexed pckKeyHash,
        bytes6 fmspc,
        bytes2 pceId,
        uint16 pceSvn,
        bytes16 tcbComponents,
        uint40 notAfterUnixSec
    );

    /// @notice The provider gave the platform up; the next enclave registered on it decides whose it is.
    event PlatformReleased(bytes32 indexed platformId, address indexed provider);

    /// @notice An enclave key is attested, or attested again with a later expiry.
    event EnclaveRegistered(
        address indexed enclaveKey,
        address indexed provider,
        bytes32 indexed platformId,
        uint8 tier,
        uint8 teeType,
        uint8 tcbStatus,
        uint40 expiresAtUnixSec,
        EnclaveDetails details
    );

    error CollateralOfOtherVendor(bytes32 expectedRootHash, bytes32 gotRootHash);
    error CertificateNotPck();
    error QuoteSignatureInvalid();
    error QeReportSignatureInvalid();
    error TcbStatusRefused(TcbStatus status);
    error PckKeyUnknown(bytes32 pckKeyHash);
    error PckCertificateExpired(uint40 notAfterUnixSec, uint256 nowUnixSec);
    error ReportDataWrong(bytes32 expected, bytes32 got);
    error TeeTypeUnsupported(uint8 expected, uint8 got);
    error TierNotAccepted(uint8 expected, uint8 got);
    error EnclaveKeysIncomplete(address provider, address enclaveKey);
    error AnchorBlockWrong(uint64 blockNumber, bytes32 expected, bytes32 got);
    error EnrolmentExpired(uint64 deadlineUnixSec, uint256 nowUnixSec);
    error ProviderConsentMissing(address provider);
    error EnclaveOfOtherProvider(address enclaveKey, address provider);
    error PlatformOfOtherProvider(bytes32 platformId, address provider);
    error PlatformNotHeld(bytes32 platformId, address caller);

    /// @notice What the vendor signs about its platforms; the vendor root is compiled into it.
    function collateral() external view returns (IDcapCollateral);

    /// @notice Who verifies SEV-SNP reports, under AMD's roots.
    function snpVerifier() external view returns (ISnpVerifier);

    /// @notice Verifies a PCK certificate and remembers its key. Anyone may call.
    /// @param leafDer the PCK certificate, DER.
    /// @param authorityKeyHash keccak256(x ‖ y) of the PCK CA that issued it, accepted by the collateral before.
    /// @return platformId keccak256(PPID), the identity of the CPU package.
    function registerPlatform(
        bytes calldata leafDer,
        bytes32 authorityKeyHash
    ) external returns (bytes32 platformId);

    /// @notice Verifies a quote and makes its enclave key earn for `keys.provider` for 24 hours, or until the first
    /// end of anything it rests on: certificates, revocation lists, TCB info, QE identity. Anyone may call with the provider's signature; the provider itself needs none.
    /// @param keys what the quote's report data commits to; its anchor is one of the last 256 blocks.
    /// @param quote the TDX quote (version 4 or 5) up to its PEM chain (exclusive); size fields unchanged.
    /// @param pckKey the platform's PCK key, registered before.
    /// @param deadlineUnixSec of the provider's EnrolEnclave message; ignored when the provider calls.
    /// @param enrolmentSignature of that message by the provider (EOA or ERC-1271); empty when the provider calls.
    function registerEnclave(
        EnclaveKeys calldata keys,
        bytes calldata quote,
        PckKey calldata pckKey,
        uint64 deadlineUnixSec,
        bytes calldata enrolmentSignature
    ) external;

    /// @notice The same for SEV-SNP: verifies an attestation report.
    /// @param keys what the report's data (its first half) commits to.
    /// @param report the attestation report, 1184 bytes.
    /// @param hints as `ISnpVerifier.verify` wants them.
    /// @param vcekHash of a VCEK that `snpVerifier().collateral()` knows.
    function registerSnpEnclave(
        EnclaveKeys calldata keys,
        bytes calldata report,
        bytes calldata hints,
        bytes32 vcekHash,
        uint64 deadlineUnixSec,
        bytes calldata enrolmentSignature
    ) external;

    /// @notice Lets another provider use the platform. Enclaves already registered keep earning for the caller.
    function releasePlatform(bytes32 platformId) external;

    /// @notice The record of an enclave key; `provider` is zero when it was never registered.
    function enclaveOf(address enclaveKey) external view returns (EnclaveRecord memory);

    /// @notice What settlement needs of the record, expired or not; `provider` is zero when it was never registered.
    function providerAndTierOf(address enclaveKey) external view returns (address provider, uint8 tier);

    /// @notice The record of a PCK key, by keccak256(x ‖ y ‖ platformId); `notAfterUnixSec` is zero when it is unknown.
    function pckOf(bytes32 pckKeyHash) external view returns (PckRecord memory);

    /// @notice The provider that holds a platform; zero when nobody does.
    function platformProviderOf(bytes32 platformId) external view returns (address);
}
