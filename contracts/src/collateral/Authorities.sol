// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerChecks, Issuer} from "./IssuerChecks.sol";
import {P256Fallback} from "./P256Fallback.sol";
import {IDcapCollateral} from "../interfaces/IDcapCollateral.sol";
import {Blob} from "../libraries/Blob.sol";
import {Crl, RevocationList} from "../libraries/Crl.sol";
import {Certificate, X509} from "../libraries/X509.sol";
import {VendorAnchor, VendorRoot} from "../vendor/VendorAnchor.sol";

/// Certificates under the root, and who revoked what.
abstract contract Authorities is IDcapCollateral, VendorAnchor, IssuerChecks {
    /// What every use reads first, in one slot.
    struct Front {
        address qeIdentity;
        uint40 rootCrlNextUpdateUnixSec;
        uint56 revokedAuthorities; // bit i: the authority with index i is on the root's list
    }

    uint256 private constant MAX_AUTHORITIES = 55;
    uint256 private constant SERIAL_BYTES = 20;
    uint8 private constant ROOT = 0;

    Front internal _front;
    /// Counts changes of anything but TCB info: revocations and the QE identity concern every platform.
    uint256 internal _generation;
    mapping(bytes32 keyHash => Authority) private _authorities;
    bytes32[] private _keyHashes; // by index − 1
    mapping(uint8 authorityIndex => RevocationHead) internal _revocations;

    constructor() IssuerChecks(new P256Fallback()) {}

    /// @inheritdoc IDcapCollateral
    function upsertAuthority(bytes calldata der) external returns (bytes32 keyHash) {
        Certificate memory certificate = X509.parse(der);
        VendorRoot memory root = _vendorRoot();
        Role role = _roleOf(certificate, root);
        _assertIssued(
            Issuer(root.subjectHash, root.keyX, root.keyY),
            certificate.signed,
            certificate.issuerHash
        );
        _assertInForce(certificate.notBeforeUnixSec, certificate.notAfterUnixSec);

        keyHash = keccak256(abi.encode(certificate.keyX, certificate.keyY));
        Authority memory kept = _authorities[keyHash];
        if (kept.index == 0) {
            _keyHashes.push(keyHash);
            require(_keyHashes.length <= MAX_AUTHORITIES, AuthoritiesFull(MAX_AUTHORITIES));
            kept.index = uint8(_keyHashes.length);
        } else {
            require(kept.role == role, AuthorityRoleWrong(kept.role, role));
            if (kept.notAfterUnixSec >= certificate.notAfterUnixSec) return keyHash;
        }
        kept.keyX = certificate.keyX;
        kept.keyY = certificate.keyY;
        kept.serial = certificate.serial;
        kept.notAfterUnixSec = uint40(certificate.notAfterUnixSec); // certificate times end before the year 10000
        kept.role = role;
        _authorities[keyHash] = kept;
        _refreshRevoked();
        emit AuthorityAccepted(keyHash, role, kept.index, kept.serial, kept.notAfterUnixSec);
    }

    /// @inheritdoc IDcapCollateral
    function upsertRootCrl(bytes calldata der) external {
        VendorRoot memory root = _vendorRoot();
        if (!_acceptList(der, ROOT, Issuer(root.subjectHash, root.keyX, root.keyY))) return;
        _front.rootCrlNextUpdateUnixSec = _revocations[ROOT].nextUpdateUnixSec;
        _refreshRevoked();
    }

    /// @inheritdoc IDcapCollateral
    function upsertPckCrl(bytes calldata der, bytes32 authorityKeyHash) external {
        (Authority memory authority, bytes32 subjectHash) = pckAuthority(authorityKeyHash);
        _acceptList(der, authority.index, Issuer(subjectHash, authority.keyX, authority.keyY));
    }

    /// @inheritdoc IDcapCollateral
    function pckAuthority(
        bytes32 keyHash
    ) public view returns (Authority memory authority, bytes32 subjectHash) {
        authority = _authorityInForce(keyHash);
        VendorRoot memory root = _vendorRoot();
        require(authority.role != Role.TcbSigner, AuthorityRoleWrong(Role.PckPlatformCa, authority.role));
        subjectHash = authority.role == Role.PckPlatformCa ? root.platformCaHash : root.processorCaHash;
    }

    /// @inheritdoc IDcapCollateral
    function authorityOf(bytes32 keyHash) external view returns (Authority memory) {
        return _authorities[keyHash];
    }

    /// @inheritdoc IDcapCollateral
    function isAuthorityRevoked(bytes32 keyHash) external view returns (bool) {
        return _isRevoked(_front.revokedAuthorities, _authorities[keyHash].index);
    }

    /// @inheritdoc IDcapCollateral
    function revocationListOf(uint8 authorityIndex) external view returns (RevocationHead memory) {
        return _revocations[authorityIndex];
    }

    /// A TCB signer that may sign a document now, after checking that it did sign this one.
    function _assertSigned(
        bytes calldata text,
        bytes32[2] calldata signature,
        bytes32 signerKeyHash
    ) internal view returns (Authority memory signer) {
        signer = _authorityInForce(signerKeyHash);
        require(signer.role == Role.TcbSigner, AuthorityRoleWrong(Role.TcbSigner, signer.role));
        require(
            _isSigned(sha256(text), signature[0], signature[1], signer.keyX, signer.keyY),
            DocumentSignatureInvalid(signerKeyHash)
        );
    }

    function _isRevoked(uint256 revokedAuthorities, uint256 index) internal pure returns (bool) {
        return (revokedAuthorities >> index) & 1 != 0;
    }

    /// Whether a list names the serial.
    function _isListed(address serials, uint160 serial) internal view returns (bool listed) {
        if (serials == address(0)) return false;
        (uint256 position, uint256 end) = Blob.read(serials);
        assembly ("memory-safe") {
            for {} lt(position, end) {
                position := add(position, SERIAL_BYTES)
            } {
                if eq(shr(96, mload(position)), serial) {
                    listed := 1
                    break
                }
            }
        }
    }

    function _roleOf(
        Certificate memory certificate,
        VendorRoot memory root
    ) private pure returns (Role role) {
        bytes32 subjectHash = certificate.subjectHash;
        if (subjectHash == root.platformCaHash) role = Role.PckPlatformCa;
        else if (subjectHash == root.processorCaHash) role = Role.PckProcessorCa;
        else if (subjectHash == root.tcbSignerHash) role = Role.TcbSigner;
        else revert AuthorityNameUnknown(subjectHash);
        uint256 signing = X509.MAY_SIGN_CERTIFICATES | X509.MAY_SIGN_CRLS;
        bool isProfile =
            role == Role.TcbSigner
                ? !certificate.isCa && certificate.keyUsage & signing == 0
                : certificate.isCa && certificate.keyUsage & signing == signing;
        require(isProfile, AuthorityProfileWrong(role));
    }

    function _authorityInForce(bytes32 keyHash) private view returns (Authority memory authority) {
        authority = _authorities[keyHash];
        require(authority.index != 0, AuthorityUnknown(keyHash));
        require(!_isRevoked(_front.revokedAuthorities, authority.index), AuthorityRevoked(authority.index));
        _assertInForce(0, authority.notAfterUnixSec);
    }

    /// False when it is the list that is kept already.
    function _acceptList(bytes calldata der, uint8 index, Issuer memory issuer) private returns (bool) {
        RevocationList memory list = Crl.parse(der);
        _assertIssued(issuer, list.signed, list.issuerHash);
        _assertInForce(list.thisUpdateUnixSec, list.nextUpdateUnixSec);
        uint40 thisUpdate = uint40(list.thisUpdateUnixSec);
        uint40 keptThisUpdate = _revocations[index].thisUpdateUnixSec;
        if (thisUpdate == keptThisUpdate) return false;
        require(thisUpdate > keptThisUpdate, RevocationListOlder(keptThisUpdate, thisUpdate));
        RevocationHead memory head = RevocationHead({
            serials: list.serials.length == 0 ? address(0) : Blob.write(list.serials),
            thisUpdateUnixSec: thisUpdate,
            nextUpdateUnixSec: uint40(list.nextUpdateUnixSec)
        });
        _revocations[index] = head;
        _generation++;
        emit RevocationListAccepted(
            index,
            list.serials.length / SERIAL_BYTES,
            head.thisUpdateUnixSec,
            head.nextUpdateUnixSec
        );
        return true;
    }

    /// Marks the authorities that the root's list names, so that every later use costs one bit. They are few.
    function _refreshRevoked() private {
        address serials = _revocations[ROOT].serials;
        uint256 revoked;
        if (serials != address(0)) {
            for (uint256 i = 1; i <= _keyHashes.length; i++) {
                if (_isListed(serials, _authorities[_keyHashes[i - 1]].serial)) revoked |= 1 << i;
            }
        }
        if (_front.revokedAuthorities == revoked) return;
        _front.revokedAuthorities = uint56(revoked);
        _generation++;
    }
}
