// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What AMD signs about its processors, kept on the chain
/// @notice An ASK once per processor family, a VCEK once per chip and firmware, and revocation lists as AMD issues them: each
/// open to anyone, because each verifies AMD's signature. No owner, no pause.
/// @dev Products: 1 Milan, 2 Genoa, 3 Turin. Unix seconds. Certificates count from the block in which they are stored, and
/// their end, that of the authorities above them and that of the revocation list are enforced at every use. VLEK (a key for a
/// cloud, which names no chip) is refused.
interface ISnpCollateral {
    struct AskRecord {
        address key; // an account whose code is STOP, the hash of the subject's name and the modulus
        uint40 notAfterUnixSec;
        uint8 product;
        uint160 serial;
    }

    struct VcekRecord {
        bytes32 platformId;
        bytes32 askHash;
        uint160 serial;
        uint64 tcb;
        uint32 notAfterUnixSec; // its own, or an earlier one above it
    }

    struct CrlRecord {
        uint40 thisUpdateUnixSec;
        uint40 nextUpdateUnixSec;
    }

    struct Endorsement {
        bytes32 platformId; // keccak256 of the chip id
        uint64 tcb;
        uint8 product;
        uint40 expiresAtUnixSec; // first end of the certificates and of the revocation list
    }

    event AskRegistered(
        bytes32 indexed askHash,
        uint8 indexed product,
        uint160 serial,
        uint40 notAfterUnixSec
    );
    event VcekRegistered(
        bytes32 indexed vcekHash,
        bytes32 indexed platformId,
        uint8 product,
        uint64 tcb,
        uint32 notAfterUnixSec
    );
    event CrlAccepted(
        uint8 indexed product,
        uint40 thisUpdateUnixSec,
        uint40 nextUpdateUnixSec,
        uint256 entries
    );

    error ProductUnknown(uint8 product);
    error AmdNameWrong(bytes32 commonNameHash);
    error AmdIssuerWrong(bytes32 expected, bytes32 got);
    error AmdRoleWrong(bool isAuthority);
    error AmdSignatureInvalid(bytes32 issuerHash);
    error AmdNotInForce(uint64 notBeforeUnixSec, uint64 notAfterUnixSec, uint256 nowUnixSec);
    error AskUnknown(bytes32 askHash);
    error VcekProductWrong(uint8 expected, uint8 got);
    error VcekUnknown(bytes32 vcekHash);
    error VcekExpired(uint32 notAfterUnixSec, uint256 nowUnixSec);
    error CrlOlder(uint40 kept, uint40 got);
    error CrlNotInForce(uint8 product, uint40 nextUpdateUnixSec, uint256 nowUnixSec);
    error AmdCertificateRevoked(uint160 serial);

    /// @notice Takes an ASK ("SEV-Milan" and so on), DER, issued by the pinned ARK of its family.
    /// @return askHash keccak256 of the certificate.
    function registerAsk(bytes calldata der) external returns (bytes32 askHash);

    /// @notice Takes the revocation list of a family's ARK, DER. One older than the kept one is refused; the same one changes
    /// nothing.
    function upsertCrl(uint8 product, bytes calldata der) external;

    /// @notice Takes a VCEK, DER, issued by a registered ASK. Of one key the certificate that ends last is kept.
    /// @return vcekHash keccak256(x ‖ y) of its key.
    function registerVcek(bytes calldata der, bytes32 askHash) external returns (bytes32 vcekHash);

    /// @notice What a VCEK vouches for; reverts when it is unknown or over, revoked or cannot be looked up.
    function vcekInForce(bytes32 vcekHash) external view returns (Endorsement memory);

    /// @notice keccak256(abi.encode(...)) of the three roots: key, name and end of each.
    function vendorRootsHash() external view returns (bytes32);

    function askOf(bytes32 askHash) external view returns (AskRecord memory);
    function vcekOf(bytes32 vcekHash) external view returns (VcekRecord memory);
    function crlOf(uint8 product) external view returns (CrlRecord memory);

    /// @notice By the newest list of the family's ARK.
    function isRevoked(uint8 product, uint160 serial) external view returns (bool);
}
