// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IP256Fallback} from "./IP256Fallback.sol";
import {TcbStatus} from "../libraries/TcbStatus.sol";

/// @title What the vendor signs about its platforms, kept on the chain
/// @notice Certificates, revocation lists, TCB info and QE identity of one DCAP vendor. Anyone may bring a newer one: what
/// counts is the vendor's signature, and nothing else stands in for it. No owner, no pause.
/// @dev Whatever is stored had begun when it was stored; whether it has ended is asked at every use. All Unix seconds.
/// A document with a higher evaluation number, or the same number and a later issue date, replaces the one before; numbers
/// never fall. The vendor's early-access documents count like any other: they can only make a verdict stricter.
interface IDcapCollateral {
    enum Role {
        None,
        PckPlatformCa,
        PckProcessorCa,
        TcbSigner
    }

    /// @notice A certificate under the vendor's root. Known by keccak256(x ‖ y) of its key.
    struct Authority {
        bytes32 keyX;
        bytes32 keyY;
        uint160 serial;
        uint40 notAfterUnixSec;
        Role role;
        uint8 index; // counts from 1; 0 is the root
    }

    /// @notice What a PCK certificate says about its platform.
    struct Platform {
        bytes16 tcbComponents; // the 16 component SVNs
        bytes6 fmspc;
        bytes2 pceId;
        uint16 pceSvn;
        uint160 serial; // of the PCK certificate
        uint8 authorityIndex; // of the PCK CA that issued it
    }

    /// @notice Where a platform, its TDX module and its quoting enclave stand.
    struct Appraisal {
        TcbStatus status; // all merged; Revoked as soon as one part is
        TcbStatus platformStatus;
        TcbStatus moduleStatus; // None when the module has no version of its own: the platform level covers it
        TcbStatus qeStatus;
        uint40 tcbDateUnixSec; // of the platform level
        uint40 expiresAtUnixSec; // the first end of all that was used
        uint32 tcbEvaluationNumber;
        uint32 qeEvaluationNumber;
        bytes20 platformAdvisories; // keccak256, cut, of the level's advisory list as signed; 0 when it has none
        bytes20 moduleAdvisories;
        bytes20 qeAdvisories;
    }

    /// @notice Head of a kept document. All zero when there is none.
    struct DocumentHead {
        uint40 expiresAtUnixSec; // nextUpdate, or the end of its signer's certificate if that is earlier
        uint40 issueDateUnixSec;
        uint32 evaluationNumber;
        uint8 signerIndex;
        uint8 levelCount;
    }

    /// @notice Head of a kept revocation list. All zero when there is none; `serials` is zero when nothing is revoked.
    struct RevocationHead {
        address serials; // an account whose code is STOP and 20 bytes for each revoked serial
        uint40 thisUpdateUnixSec;
        uint40 nextUpdateUnixSec;
    }

    event AuthorityAccepted(
        bytes32 indexed keyHash,
        Role indexed role,
        uint8 index,
        uint160 serial,
        uint40 notAfterUnixSec
    );
    /// @notice `authorityIndex` 0: the root's list.
    event RevocationListAccepted(
        uint8 indexed authorityIndex,
        uint256 revokedCount,
        uint40 thisUpdateUnixSec,
        uint40 nextUpdateUnixSec
    );
    event TcbInfoAccepted(
        bytes6 indexed fmspc,
        bytes2 indexed pceId,
        uint32 evaluationNumber,
        uint40 issueDateUnixSec,
        uint40 expiresAtUnixSec
    );
    event QeIdentityAccepted(uint32 evaluationNumber, uint40 issueDateUnixSec, uint40 expiresAtUnixSec);

    error AuthorityNameUnknown(bytes32 subjectHash);
    error AuthorityProfileWrong(Role role);
    error AuthorityUnknown(bytes32 keyHash);
    error AuthorityRoleWrong(Role expected, Role got);
    error AuthorityRevoked(uint8 index);
    error AuthoritiesFull(uint256 limit);
    error RevocationListOlder(uint40 keptThisUpdateUnixSec, uint40 gotThisUpdateUnixSec);
    error DocumentSignatureInvalid(bytes32 signerKeyHash);
    error DocumentOlder(
        uint32 keptNumber,
        uint40 keptIssueDateUnixSec,
        uint32 gotNumber,
        uint40 gotIssueDateUnixSec
    );
    /// @dev Ends are zero when there is no such thing yet.
    error RootCrlNotInForce(uint40 nextUpdateUnixSec, uint256 nowUnixSec);
    error PckCrlNotInForce(uint8 authorityIndex, uint40 nextUpdateUnixSec, uint256 nowUnixSec);
    error TcbInfoNotInForce(bytes6 fmspc, bytes2 pceId, uint40 expiresAtUnixSec, uint256 nowUnixSec);
    error QeIdentityNotInForce(uint40 expiresAtUnixSec, uint256 nowUnixSec);
    error PckCertificateRevoked(uint160 serial);
    error ReportLengthWrong(uint256 got);
    error QeNotIdentified(bytes32 field, bytes32 expected, bytes32 got);
    error TdxModuleUnknown(uint8 version);
    error TdxModuleNotIdentified(uint8 version);
    error TcbNotSupported(bytes16 tcbComponents, uint16 pceSvn, bytes16 teeTcbSvn);
    error TdxModuleSvnNotSupported(uint8 version, uint8 svn);
    error QeSvnNotSupported(uint16 isvSvn);

    /// @notice Takes an intermediate CA ("PCK Platform CA", "PCK Processor CA") or "TCB Signing" certificate, DER, issued by
    /// the pinned root. Of one key the certificate that ends last is kept; an earlier one changes nothing.
    function upsertAuthority(bytes calldata der) external returns (bytes32 keyHash);

    /// @notice Takes the root CA's revocation list, DER. Older ones are refused; the same one changes nothing.
    function upsertRootCrl(bytes calldata der) external;

    /// @notice Takes the revocation list of a PCK CA, DER.
    /// @param authorityKeyHash keccak256(x ‖ y) of that CA's key, accepted before.
    function upsertPckCrl(bytes calldata der, bytes32 authorityKeyHash) external;

    /// @notice Takes TCB info for TDX (version 3): the signed text, byte for byte.
    /// @param signature r ‖ s over SHA-256 of the text.
    /// @param signerKeyHash keccak256(x ‖ y) of the TCB Signing key, accepted before.
    function upsertTcbInfo(
        bytes calldata text,
        bytes32[2] calldata signature,
        bytes32 signerKeyHash
    ) external;

    /// @notice Takes the identity of the TD quoting enclave (TD_QE, version 2), like `upsertTcbInfo`.
    function upsertQeIdentity(
        bytes calldata text,
        bytes32[2] calldata signature,
        bytes32 signerKeyHash
    ) external;

    /// @notice Holds a platform, a TD report and a QE report against the collateral in force (Intel QVL rules). Reverts when
    /// collateral is missing or over, a certificate is revoked, or a part is not among those listed. The caller has verified
    /// that the platform's PCK key vouches for the reports, and judges the status.
    /// @param tdReport 584 bytes (TDX 1.0) or 648 (1.5).
    /// @param qeReport 384 bytes.
    function appraise(
        Platform calldata platform,
        bytes calldata tdReport,
        bytes calldata qeReport
    ) external view returns (Appraisal memory);

    /// @notice Changes whenever the answer of `appraise` may change for such platforms, other than by time: lets a caller keep a
    /// verdict until its `expiresAtUnixSec` or until the version differs.
    function versionOf(bytes6 fmspc, bytes2 pceId) external view returns (bytes32);

    /// @notice The key and end of a PCK CA, for verifying a PCK certificate; reverts unless it is one, in force and not revoked.
    function pckAuthority(bytes32 keyHash) external view returns (Authority memory, bytes32 subjectHash);

    /// @notice keccak256 of the vendor root that is compiled in: tells whose collateral this is.
    function vendorRootHash() external view returns (bytes32);

    /// @notice What verifies P-256 signatures where the chain has no precompile for them.
    function p256Fallback() external view returns (IP256Fallback);

    /// @notice All zero when the key is unknown.
    function authorityOf(bytes32 keyHash) external view returns (Authority memory);

    function isAuthorityRevoked(bytes32 keyHash) external view returns (bool);

    /// @notice Of the root for index 0, else of the PCK CA with that index.
    function revocationListOf(uint8 authorityIndex) external view returns (RevocationHead memory);

    function tcbInfoOf(bytes6 fmspc, bytes2 pceId) external view returns (DocumentHead memory);

    function qeIdentityHead() external view returns (DocumentHead memory);

    /// @notice The highest evaluation number in any document accepted so far: a floor for those who want none older.
    function evaluationNumberFloor() external view returns (uint32);
}
